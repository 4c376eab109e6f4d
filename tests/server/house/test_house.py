"""The rules about people and stations: given what has happened, when asked, then so."""

import pytest

from server.answers import key_of
from server.domain.refusals import Refused
from server.domain.state import Actor
from server.house import decide as d
from server.house import refusals as r
from server.house.apply import DONE_MAX, apply
from server.house.decide import Context, decide, refuse_throttled
from server.house.state import House, role_at
from server.house.views import build
from shared import protocol as p
from tests.server.one_branch import branch_config, new_id

BRANCHES = {"main": branch_config(), "west": branch_config("west")}
ADMIN = Actor(role="administrator", station="main-desk-1", staff="anna")
MANAGER = Actor(role="lobby_manager", station="main-board-1", staff="zhao")
MINUTE = 60_000


class Story:
    """A house that lives through commands."""

    def __init__(self):
        self.house = House()
        self.now = 1_000_000

    def when(self, command, actor=ADMIN, branch="main"):
        context = Context(at=self.now, actor=actor, branches=BRANCHES, branch=branch)
        events = decide(self.house, command, context)
        key = key_of(command, actor) if isinstance(command, p.HouseCommand) else ""
        for event in events:
            apply(self.house, event, self.now, key)
        return events

    def hire(self, staff, kind, *words):
        """Somebody with a secret, and a station to sign in at."""
        self.when(add(staff, *words))
        self.when(d.ChooseSecret(staff, "password"))
        [invited] = self.when(invite(kind))
        self.when(d.PairStation(invited.invitation, "2" * 64))

    def refused(self, command, actor=ADMIN):
        with pytest.raises(Refused) as caught:
            self.when(command, actor)
        return caught.value.refusal

    def blocked(self, account, station="s1"):
        try:
            refuse_throttled(self.house, account, station, self.now)
        except Refused as refused:
            return refused.refusal
        return None

    def fail(self, account, times=1, station="s1"):
        for _ in range(times):
            self.when(d.RefuseSignIn(account, station))


def invite(kind="kiosk", branch="main", counter=None):
    return p.InviteStation(id=new_id(), kind=kind, branch=branch, counter=counter)


def cancel(invitation):
    return p.CancelInvitation(id=new_id(), invitation=invitation)


def roles(*words):
    return tuple(p.RoleAt(role=role, branch=branch) for role, branch in words)


def add(staff, *words):
    return p.AddStaff(id=new_id(), staff=staff, roles=roles(*words))


@pytest.fixture
def story():
    """A house with its administrator."""
    story = Story()
    story.when(d.SetUpHouse("anna", "main", "0" * 64))
    story.when(d.ChooseSecret("anna", "password"))
    return story


# --- Stations --------------------------------------------------------------------------------


def test_an_invited_terminal_becomes_a_station_once(story):
    [invited] = story.when(invite("counter", counter=2))

    [paired] = story.when(d.PairStation(invited.invitation, "1" * 64))

    assert (paired.station, paired.counter) == ("main-counter-2", 2)
    assert story.refused(d.PairStation(invited.invitation, "2" * 64)) == r.WrongCode()


def test_an_invitation_is_good_for_ten_minutes(story):
    [invited] = story.when(invite())
    story.now += 10 * MINUTE

    assert story.refused(d.PairStation(invited.invitation, "1" * 64)) == r.WrongCode()


def test_a_cancelled_invitation_is_void_and_is_not_cancelled_twice(story):
    [invited] = story.when(invite())

    assert story.when(cancel(invited.invitation))
    assert story.refused(d.PairStation(invited.invitation, "1" * 64)) == r.WrongCode()
    assert story.refused(cancel(invited.invitation)) == r.UnknownInvitation(invited.invitation)


def test_an_invitation_that_was_used_is_not_taken_for_cancelled(story):
    [invited], [other] = story.when(invite()), story.when(invite())
    story.when(d.PairStation(invited.invitation, "1" * 64))
    story.now += 10 * MINUTE

    for one in (invited, other):
        assert story.refused(cancel(one.invitation)) == r.UnknownInvitation(one.invitation)


def test_the_id_of_a_revoked_station_is_never_given_again(story):
    for n in (1, 2):
        [invited] = story.when(invite("counter", counter=2))
        [paired] = story.when(d.PairStation(invited.invitation, str(n) * 64))
        story.when(p.RevokeStation(id=new_id(), station=paired.station))

    assert list(story.house.stations) == ["main-desk-1", "main-counter-2", "main-counter-2-2"]
    assert isinstance(
        story.refused(p.RevokeStation(id=new_id(), station="main-counter-2")), r.UnknownStation
    )


def test_five_wrong_codes_void_those_of_that_branch_only(story):
    [main], [west] = story.when(invite()), story.when(invite(branch="west"))
    for _ in range(5):
        story.when(d.RefuseCode("main"))

    assert story.refused(d.RefuseCode("main")) == r.PairingPaused(300)
    assert story.refused(d.PairStation(main.invitation, "1" * 64)) == r.WrongCode()
    assert story.when(d.PairStation(west.invitation, "1" * 64))
    story.now += 5 * MINUTE
    assert story.when(d.RefuseCode("main"))


@pytest.mark.parametrize(
    ("kind", "counter"), [("counter", None), ("counter", 99), ("kiosk", 1), ("rating_panel", None)]
)
def test_stations_at_counters_and_no_others_name_one_that_there_is(story, kind, counter):
    assert story.refused(invite(kind, counter=counter)) == r.CounterNotThere(kind)


def test_a_branch_that_is_not_there_gets_no_station(story):
    assert story.refused(invite(branch="north")) == r.UnknownBranch("north")


# --- Staff -----------------------------------------------------------------------------------


def test_nobody_is_two_accounts(story):
    story.when(add("li", ("teller", "main")))

    assert story.refused(add("li", ("teller", "west"))) == r.StaffExists("li")


@pytest.mark.parametrize("word", [("teller", "*"), ("administrator", "main"), ("auditor", "west")])
def test_what_is_of_the_house_holds_everywhere_and_the_rest_nowhere_else(story, word):
    assert story.refused(add("li", word)) == r.RoleOfTheHouse()


def test_the_last_administrator_stays(story):
    demote = p.ChangeRoles(id=new_id(), staff="anna", roles=roles(("teller", "main")))
    disable = p.DisableStaff(id=new_id(), staff="anna")

    assert story.refused(demote) == story.refused(disable) == r.LastAdministrator("anna")


def test_a_second_administrator_counts_only_with_a_secret(story):
    story.when(add("bo", ("administrator", "*")))
    disable = p.DisableStaff(id=new_id(), staff="anna")

    assert story.refused(disable) == r.LastAdministrator("anna")
    story.when(d.ChooseSecret("bo", "password"))
    assert story.when(disable)


def test_a_house_is_set_up_once(story):
    assert story.refused(d.SetUpHouse("eve", "main", "0" * 64)) == r.SetUpBefore()


def test_a_set_up_that_was_cut_off_can_be_done_again():
    story = Story()
    story.when(d.SetUpHouse("anna", "main", "0" * 64))

    events = story.when(d.SetUpHouse("anna", "main", "1" * 64))

    assert names(events) == ["StationPaired"]


def names(events):
    return [type(event).__name__ for event in events]


def test_where_every_secret_is_lost_the_house_is_set_up_again_and_its_people_know(story):
    story.hire("zhao", "board", ("lobby_manager", "main"))

    refused = story.refused(d.SetUpHouse("zhao", "main", "1" * 64))
    events = story.when(d.SetUpHouse("zhao", "main", "1" * 64, lost=("anna", "zhao")))

    assert refused == r.SetUpBefore()
    assert names(events) == ["SecretsLost", "RolesChanged", "StationPaired"]
    assert not any(one.ready for one in story.house.staff.values())
    assert story.house.staff["zhao"].roles == roles(
        ("lobby_manager", "main"), ("administrator", "*")
    )


def test_an_account_that_was_shut_out_is_let_in_again_by_the_set_up(story):
    story.hire("zhao", "board", ("administrator", "*"))
    story.when(p.DisableStaff(id=new_id(), staff="zhao"))
    story.fail("zhao", 20)

    events = story.when(d.SetUpHouse("zhao", "main", "1" * 64, lost=("anna",)))

    assert names(events) == ["SecretsLost", "StaffEnabled", "StaffUnlocked", "StationPaired"]
    assert story.blocked("zhao") is None


def test_a_set_up_code_that_was_made_stands_in_the_record(story):
    assert names(story.when(d.MakeSetUpCode(until=7))) == ["SetUpCodeMade"]


@pytest.mark.parametrize(
    ("kind", "branch", "role"),
    [
        ("counter", "main", "teller"),
        ("board", "main", "lobby_manager"),
        ("counter", "west", None),
        ("board", "west", "lobby_assistant"),
        ("desk", "main", None),
        ("kiosk", "main", None),
    ],
)
def test_where_somebody_is_says_as_what(story, kind, branch, role):
    words = [("teller", "main"), ("lobby_assistant", "west"), ("lobby_manager", "main")]
    story.when(add("li", *words))

    assert role_at(story.house.staff["li"], kind, branch) == role


# --- Wrong tries -----------------------------------------------------------------------------


def test_five_wrong_tries_are_free_and_then_each_waits_twice_as_long(story):
    waits = []
    for _ in range(12):
        story.fail("li")
        refusal = story.blocked("li")
        waits.append(refusal.seconds if refusal else 0)
        story.now += waits[-1] * 1000

    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_after_twenty_in_a_day_somebody_has_to_unlock(story):
    story.when(add("li", ("teller", "main")))
    story.fail("li", 20)
    story.now += 48 * 60 * MINUTE

    assert story.blocked("li") == r.SignInLocked()
    story.hire("zhao", "board", ("lobby_manager", "main"))
    story.when(p.UnlockStaff(id=new_id(), staff="li"), MANAGER)
    assert story.blocked("li") is None


def test_a_lock_at_one_station_leaves_the_person_all_others_and_the_station_all_other_people(story):
    story.when(add("li", ("teller", "main")))
    story.fail("li", 20)

    assert story.blocked("li", "s2") is None
    assert story.blocked("wang", "s1") is None


def test_a_hundred_wrong_tries_all_over_the_house_lock_an_account_everywhere(story):
    story.when(add("li", ("teller", "main")))
    for n in range(5):
        story.fail("li", 20, f"s{n}")

    assert story.blocked("li", "s9") == r.SignInLocked()


def test_a_good_sign_in_forgives_the_wrong_ones_at_its_station(story):
    story.when(add("li", ("teller", "main")))
    story.fail("li", 4)
    story.when(d.Admit("li", "s1", "teller", "t" * 64))
    story.fail("li", 4)

    assert story.blocked("li") is None


def test_a_manager_unlocks_people_of_the_own_branch_only(story):
    story.hire("zhao", "board", ("lobby_manager", "main"))
    story.when(add("wu", ("teller", "west")))
    story.fail("wu", 20)
    unlock = p.UnlockStaff(id=new_id(), staff="wu")

    assert story.refused(unlock, MANAGER) == r.UnknownStaff("wu")
    assert story.when(unlock)


@pytest.mark.parametrize(
    "lost",
    [
        p.DisableStaff(id=new_id(), staff="eve"),
        p.ChangeRoles(id=new_id(), staff="eve", roles=roles(("teller", "main"))),
        p.ResetSecret(id=new_id(), staff="eve"),
        p.RevokeStation(id=new_id(), station="main-desk-2"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_order_on_its_way_is_worth_nothing_when_its_right_is_gone_meanwhile(story, lost):
    eve = Actor(role="administrator", station="main-desk-2", staff="eve")
    story.hire("eve", "desk", ("administrator", "*"))
    story.when(add("li", ("teller", "main")), eve)
    story.when(lost)

    assert story.refused(add("wang", ("teller", "main")), eve) == r.NobodySignedIn()


def test_of_two_administrators_who_shut_each_other_out_one_is_left(story):
    eve = Actor(role="administrator", station="main-desk-2", staff="eve")
    story.hire("eve", "desk", ("administrator", "*"))

    story.when(p.DisableStaff(id=new_id(), staff="eve"))
    refused = story.refused(p.DisableStaff(id=new_id(), staff="anna"), eve)

    assert refused == r.NobodySignedIn()
    assert not story.house.staff["anna"].disabled


def test_the_orders_remembered_are_bounded_and_the_oldest_go_first(story):
    story.when(first := add("first", ("teller", "main")))
    for _ in range(DONE_MAX):
        story.when(last := invite())

    assert len(story.house.done) == DONE_MAX
    assert first.id not in story.house.done
    assert story.house.done[last.id].invitation == story.house.last_invitation


def test_names_that_nobody_has_do_not_fill_the_memory(story):
    for n in range(50):
        story.fail(f"?{n}")
    story.now += 25 * 60 * MINUTE
    story.fail("?new")

    assert list(story.house.throttles) == ["?new s1"]


def test_the_view_tells_who_is_locked_and_where(story):
    story.when(add("li", ("teller", "main")))
    story.fail("li", 20)

    view = build(story.house, story.now, {"main-desk-1": "anna"})

    assert [(one.id, one.locks) for one in view.staff] == [
        ("anna", ()),
        ("li", (p.LockShown(station="s1"),)),
    ]
    assert [one.staff for one in view.stations] == ["anna"]


def admit(token, staff="li"):
    return d.Admit(staff=staff, station="counter-1", role="teller", token_sha256=token)


def test_a_sign_in_is_locked_unlocked_and_ended_by_its_token():
    story = Story()
    story.when(admit("first"))

    (locked,) = story.when(d.LockSignIn("counter-1", "first"))
    again = story.when(d.LockSignIn("counter-1", "first"))
    (unlocked,) = story.when(d.UnlockSignIn("counter-1", "first", "second"))
    (ended,) = story.when(d.EndSignIn("counter-1", "second", "signed_out"))

    assert (locked.staff, again) == ("li", [])
    assert (unlocked.staff, unlocked.token_sha256) == ("li", "second")
    assert (ended.staff, ended.reason, story.house.sign_ins) == ("li", "signed_out", {})


def test_what_was_meant_for_a_sign_in_leaves_the_one_alone_that_has_begun_meanwhile():
    story = Story()
    story.when(admit("of last night"))
    story.when(admit("of this morning"))

    assert story.when(d.LockSignIn("counter-1", "of last night")) == []
    assert story.when(d.EndSignIn("counter-1", "of last night", "expired")) == []
    refused = story.refused(d.UnlockSignIn("counter-1", "of last night", "another"))

    assert refused == r.NobodySignedIn()
    kept = story.house.sign_ins["counter-1"]
    assert (kept.token_sha256, kept.locked) == ("of this morning", False)
