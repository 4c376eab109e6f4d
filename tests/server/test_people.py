"""Terminals and people at the door, over real sockets: let in, kept out, shown out at once."""

import asyncio
import itertools
import logging
from typing import get_args

import pytest

from server.config import HOUSE_STREAM
from server.hashing import otp
from server.journal.memory import MemoryJournal
from shared.protocol import (
    VERSION,
    Accepted,
    AddStaff,
    BoardView,
    CallNext,
    ChangeRoles,
    CloseDay,
    Command,
    CounterView,
    DisableStaff,
    HandOverDuty,
    HouseAccepted,
    HouseView,
    InviteStation,
    OpenCounter,
    Pair,
    Paired,
    Refused,
    RenameStation,
    ResetSecret,
    RevokeStation,
    RoleAt,
    SetOwnSecret,
    SetUp,
    SignedIn,
    SignInEnded,
    SignOnDuty,
    SignOut,
    StartService,
    Unlock,
    UnlockStaff,
    encode,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, call, new_id, rows, take
from tests.server.one_house import secret_of, station_secret
from tests.server.one_server import PATIENCE_SECONDS, eventually, serving
from tests.server.samples import sample


def opening(counter=1):
    return OpenCounter(id=new_id(), day=DAY, counter=counter)


async def ask(desk, command, **fields):
    return await desk.order(command(id=new_id(), **fields))


async def pair(server, code, **fields):
    """What a terminal is told that brings a code."""
    terminal = await server.dial()
    await terminal.say(Pair(version=VERSION, code=code, language="en", **fields))
    return terminal, await terminal.hear(Paired, Refused)


# --- Pairing ---------------------------------------------------------------------------------


async def test_an_invited_terminal_is_paired_once_and_then_welcome():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        invited = await ask(desk, InviteStation, kind="display", branch="main", name="Hall")

        terminal, paired = await pair(server, invited.code.lower().replace("-", " "))
        code, _ = await terminal.closed()
        _, again = await pair(server, invited.code)
        _, welcome = await server.knock(station=paired.station, secret=paired.secret)

    assert (paired.station, paired.kind, paired.name) == ("main-display-1", "display", "Hall")
    assert code == 1000
    assert again.code == "WrongCode"
    assert welcome.views == ("DisplayView",)


async def test_a_counter_has_one_terminal_and_the_newest_wins():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        older = await server.terminal("counter-1")
        other = await server.terminal("counter-2")
        invited = await ask(desk, InviteStation, kind="counter", branch="main", counter=1)
        _, paired = await pair(server, invited.code)

        newer, welcome = await server.knock(station=paired.station, secret=paired.secret)
        code, _ = await older.closed()
        signed_in = await newer.sign_in("teller-1")
        elsewhere = await other.order(take())

    assert (welcome.kind, welcome.counter) == ("counter", 1)
    assert code == 4409
    assert isinstance(signed_in, SignedIn)
    assert elsewhere.code == "NotAllowed"


async def test_five_wrong_codes_void_the_good_one_until_the_pause_is_over():
    clock = ManualClock()
    async with serving(clock=clock, branches=[branch_config("east"), branch_config("west")]) as s:
        desk = await s.terminal("east-desk-1")
        codes = {
            branch: (await ask(desk, InviteStation, kind="kiosk", branch=branch)).code
            for branch in ("east", "west")
        }
        wrong = [(await pair(s, "BCDF-BCDF", branch="east"))[1].code for _ in range(5)]
        paused = (await pair(s, codes["east"], branch="east"))[1]
        other = (await pair(s, codes["west"], branch="west"))[1]
        clock.advance(minutes=5)
        void = (await pair(s, codes["east"], branch="east"))[1]
        unnamed = (await pair(s, codes["east"]))[1]

    assert wrong == ["WrongCode"] * 5
    assert (paused.code, void.code, unnamed.code) == ("PairingPaused", "WrongCode", "UnknownBranch")
    assert isinstance(other, Paired)


async def test_a_code_is_good_for_ten_minutes():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        desk = await server.terminal("desk-1")
        invited = await ask(desk, InviteStation, kind="kiosk", branch="main")
        clock.advance(minutes=10)

        _, refused = await pair(server, invited.code)

    assert refused.code == "WrongCode"


async def test_a_revoked_station_is_shown_out_and_a_renamed_one_is_told_nothing():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        kiosk, display = await server.terminal("kiosk-1"), await server.terminal("display-1")

        await ask(desk, RenameStation, station="display-1", name="Hall")
        await ask(desk, RevokeStation, station="kiosk-1")
        async with asyncio.timeout(PATIENCE_SECONDS):
            code, _ = await kiosk.closed()
        _, refused = await server.station("kiosk-1")

        assert code == 4401
        assert refused.code == "NotKnown"
        assert display.socket.close_code is None


async def test_a_new_server_is_set_up_once_with_the_code_it_printed():
    async with serving() as server:
        first = SetUp(version=VERSION, code="BCDF-BCDF-BCDF", staff="eve", password="long enough")
        terminal = await server.dial()
        await terminal.say(first)

        refused = await terminal.hear(Refused)

    assert refused.code == "SetUpBefore"


# --- Signing in ------------------------------------------------------------------------------


async def test_a_teller_signs_in_and_the_floor_knows_who_it_was():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        counter, _ = await server.station("counter-1")
        before = await counter.order(opening())
        signed_in = await counter.sign_in("teller-1")
        await counter.order(opening())
        view = await counter.view(CounterView)

    assert before.code == "NobodySignedIn"
    assert (signed_in.role, signed_in.views) == ("teller", ("CounterView:1",))
    assert len(signed_in.token) >= 22
    assert view.staff == "teller-1"
    actor = (await rows(journal))[-1].actor
    assert actor == '{"role":"teller","station":"counter-1","staff":"teller-1","counter":1}'


@pytest.mark.parametrize(
    ("station", "staff", "secret"),
    [
        ("counter-1", "teller-1", "wrong"),
        ("counter-1", "nobody", "48151623"),
        ("counter-1", "manager", None),
        ("board-head", "teller-1", None),
        ("board-head", "admin", None),
        ("desk-1", "head", None),
    ],
)
async def test_whatever_does_not_fit_gets_one_and_the_same_answer(station, staff, secret):
    async with serving() as server:
        terminal, _ = await server.station(station, language="en")

        refused = await terminal.sign_in(staff, secret)

    assert (refused.code, refused.values) == ("SignInWrong", {})


async def test_a_sign_in_outlives_the_connection_by_its_token():
    async with serving() as server:
        counter, _ = await server.station("counter-1")
        token = (await counter.sign_in("teller-1")).token

        again, welcome = await server.station("counter-1", token=token)
        opened = await again.order(opening())
        _, elsewhere = await server.station("counter-2", token=token)

    assert (welcome.staff, welcome.role, welcome.views) == (
        "teller-1",
        "teller",
        ("CounterView:1",),
    )
    assert isinstance(opened, Accepted)
    assert elsewhere.staff is None


async def test_after_signing_out_the_token_and_the_connection_are_worth_nothing():
    async with serving() as server:
        counter, _ = await server.station("counter-1")
        token = (await counter.sign_in("teller-1")).token

        await ask(counter, SignOut)
        refused = await counter.order(opening())
        _, welcome = await server.station("counter-1", token=token)

    assert refused.code == "NobodySignedIn"
    assert welcome.staff is None


async def test_who_signs_in_elsewhere_has_left_here():
    async with serving() as server:
        first = await server.terminal("counter-1")
        second, _ = await server.station("counter-2")

        await second.sign_in("teller-1")
        ended = await first.hear(SignInEnded)
        refused = await first.order(opening())

    assert ended.reason == "elsewhere"
    assert refused.code == "NobodySignedIn"


async def test_a_counter_is_handed_over_explicitly_and_its_ticket_stays():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take())
        counter = await server.terminal("counter-1")
        for command in (OpenCounter, CallNext, StartService):
            await counter.order(command(id=new_id(), day=DAY, counter=1))

        refused = await counter.sign_in("teller-2")
        taken = await counter.sign_in("teller-2", hand_over=True)
        view = await counter.view(CounterView)

    assert (refused.code, refused.values) == ("SomebodySignedIn", {"staff": "teller-1"})
    assert taken.staff == "teller-2"
    assert view.current.state == "serving"
    told = [row.type for row in await rows(journal, HOUSE_STREAM)][-3:]
    assert told == ["StaffSignedOut", "CounterHandedOver", "StaffSignedIn"]


async def test_a_terminal_left_alone_is_locked_until_its_person_unlocks_it():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        counter = await server.terminal("counter-1")
        board = await server.terminal("board-manager")
        clock.advance(minutes=6)
        manager = await board.order(sample_message())
        opened = await counter.order(opening())
        clock.advance(minutes=15)
        locked = await counter.order(opening())
        still = await counter.order(opening())
        wrong = await ask(counter, Unlock, secret="000111")
        unlocked = await ask(counter, Unlock, secret=secret_of("teller-1"))
        again = await counter.order(call())

    assert (manager.code, locked.code, still.code) == ("Locked", "Locked", "Locked")
    assert (wrong.code, unlocked.staff) == ("SignInWrong", "teller-1")
    assert isinstance(opened, Accepted)
    assert again.code == "NobodyWaiting"


def sample_message():
    return sample(next(c for c in get_args(Command) if c.__name__ == "SendMessage"))


@pytest.mark.parametrize("hours", [8, 11])
async def test_a_sign_in_ends_after_eight_hours_or_with_the_business_day(hours):
    clock = ManualClock()
    async with serving(clock=clock) as server:
        counter, _ = await server.station("counter-1")
        signed_in = await counter.sign_in("teller-1")
        clock.advance(hours=hours)

        ended = await counter.order(opening())

    assert ended.code == "NobodySignedIn"
    assert signed_in.until == ManualClock().now_ms() + 8 * 3_600_000


async def test_a_day_closed_early_ends_the_sign_ins_of_its_branch_after_half_an_hour():
    branches = [branch_config("east"), branch_config("west")]
    clock = ManualClock()
    idle = dict.fromkeys(("teller", "operations_supervisor", "administrator"), 60)
    async with serving(branches=branches, clock=clock, idle_lock_minutes=idle) as server:
        teller = await server.terminal("east-counter-1")
        neighbour = await server.terminal("west-counter-1")
        desk = await server.terminal("east-desk-1")
        board = await server.terminal("east-board-supervisor")

        closed = await board.order(CloseDay(id=new_id(), day=DAY, leftovers=True))
        server.running.reception.end_old_sign_ins()
        clock.advance(minutes=29)
        balancing = await teller.order(opening())
        clock.advance(minutes=1)
        server.running.reception.end_old_sign_ins()
        async with asyncio.timeout(PATIENCE_SECONDS):
            ended = [(await one.hear(SignInEnded)).reason for one in (teller, board)]
        still = await neighbour.order(opening())
        administrator = await ask(desk, RenameStation, station="east-kiosk-1", name="Hall")

    assert isinstance(closed, Accepted)
    assert balancing.code == "DayNotOpen"
    assert ended == ["expired"] * 2
    assert isinstance(still, Accepted)
    assert isinstance(administrator, HouseAccepted)


@pytest.mark.parametrize("snapshot", [True, False], ids=["with a snapshot", "from the events"])
async def test_a_sign_in_outlives_the_server(snapshot):
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        counter, _ = await server.station("counter-1")
        token = (await counter.sign_in("teller-1")).token
    if not snapshot:
        await journal.drop_snapshots(HOUSE_STREAM)

    async with serving(journal=journal) as server:
        elsewhere, stranger = await server.station("counter-2", token=token)
        counter, welcome = await server.station("counter-1", token=token)
        opened = await counter.order(opening())
        refused = await elsewhere.order(opening(2))

    assert (welcome.staff, stranger.staff) == ("teller-1", None)
    assert isinstance(opened, Accepted)
    assert refused.code == "NobodySignedIn"


async def test_a_locked_terminal_comes_back_locked_and_whoever_unlocks_it_has_a_new_token():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        counter, _ = await server.station("counter-1")
        token = (await counter.sign_in("teller-1")).token
        clock.advance(minutes=16)
        server.running.reception.end_old_sign_ins()
        kept = server.people.keeper.house.sign_ins
        await eventually(lambda: kept["counter-1"].locked)

    async with serving(journal=journal, clock=clock) as server:
        counter, _ = await server.station("counter-1", token=token)
        locked = await counter.order(opening())
        unlocked = await ask(counter, Unlock, secret=secret_of("teller-1"))
        opened = await counter.order(opening())
    async with serving(journal=journal, clock=clock) as server:
        _, with_old = await server.station("counter-1", token=token)
        _, with_new = await server.station("counter-1", token=unlocked.token)

    assert locked.code == "Locked"
    assert isinstance(opened, Accepted)
    assert (with_old.staff, with_new.staff) == (None, "teller-1")


async def test_what_was_unlocked_comes_back_unlocked():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        counter, _ = await server.station("counter-1")
        await counter.sign_in("teller-1")
        clock.advance(minutes=16)
        locked = await counter.order(opening())
        token = (await ask(counter, Unlock, secret=secret_of("teller-1"))).token

    async with serving(journal=journal, clock=clock) as server:
        counter, _ = await server.station("counter-1", token=token)
        opened = await counter.order(opening())

    assert locked.code == "Locked"
    assert isinstance(opened, Accepted)


async def test_whoever_signs_in_while_the_sign_ins_of_yesterday_end_is_signed_in():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        for n in (1, 2):
            counter, _ = await server.station(f"counter-{n}")
            await counter.sign_in(f"teller-{n}")
    clock.advance(hours=24)

    async with serving(journal=journal, clock=clock) as server:
        counter, _ = await server.station("counter-1")
        token = (await counter.sign_in("teller-1")).token
        kept = server.people.keeper.house.sign_ins
        await eventually(lambda: "counter-2" not in kept)
    async with serving(journal=journal, clock=clock) as server:
        _, welcome = await server.station("counter-1", token=token)

    assert welcome.staff == "teller-1"


async def test_a_sign_in_whose_time_ran_out_while_the_server_was_down_is_not_taken_up():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        counter, _ = await server.station("counter-1")
        token = (await counter.sign_in("teller-1")).token
    clock.advance(hours=8)

    async with serving(journal=journal, clock=clock) as server:
        _, welcome = await server.station("counter-1", token=token)

    assert welcome.staff is None


async def test_a_snapshot_and_all_events_make_the_same_house():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await server.terminal("counter-1")
    async with serving(journal=journal) as server:
        from_snapshot = encode(server.people.keeper.house)
    await journal.drop_snapshots(HOUSE_STREAM)

    async with serving(journal=journal) as server:
        assert encode(server.people.keeper.house) == from_snapshot


# --- Secrets ---------------------------------------------------------------------------------


async def test_a_new_person_chooses_a_secret_with_a_code_that_works_once():
    async with serving() as server:
        desk, (counter, _) = await server.terminal("desk-1"), await server.station("counter-1")
        roles = (RoleAt(branch="main", role="teller"),)
        added = await ask(desk, AddStaff, staff="li", roles=roles)
        own = {"staff": "li", "old": added.code, "new": "480517"}

        chosen = await ask(counter, SetOwnSecret, **own)
        again = await ask(counter, SetOwnSecret, **{**own, "new": "480518"})
        signed_in = await counter.sign_in("li", "480517")

    assert isinstance(chosen, HouseAccepted)
    assert again.code == "SignInWrong"
    assert signed_in.role == "teller"


async def test_a_reset_ends_the_sign_in_and_the_secret():
    async with serving() as server:
        desk, counter = await server.terminal("desk-1"), await server.terminal("counter-1")

        await ask(desk, ResetSecret, staff="teller-1")
        ended = await counter.hear(SignInEnded)
        refused = await counter.sign_in("teller-1")

    assert ended.reason == "rights_changed"
    assert refused.code == "SignInWrong"


async def test_only_somebody_of_the_lobby_is_on_duty_there():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        assistant = await server.terminal("board-assistant")
        strangers = [
            (await assistant.order(SignOnDuty(id=new_id(), day=DAY, staff=staff))).code
            for staff in ("asistant", "teller-1", "auditor", "admin")
        ]
        on = await assistant.order(SignOnDuty(id=new_id(), day=DAY, staff="assistant"))
        await ask(desk, DisableStaff, staff="manager")

        handing = {"staff": "assistant", "day": DAY}
        gone = await assistant.order(HandOverDuty(id=new_id(), to="manager", **handing))
        over = await assistant.order(HandOverDuty(id=new_id(), to="supervisor", **handing))

    assert set(strangers) == {"NotOfTheLobby"}
    assert (gone.code, gone.values) == ("NotOfTheLobby", {"staff": "manager"})
    assert isinstance(on, Accepted)
    assert isinstance(over, Accepted)


async def test_a_second_factor_is_asked_where_it_is_configured_and_never_taken_twice():
    clock = ManualClock()
    async with serving(clock=clock, require_totp=("lobby_manager",)) as server:
        desk, (board, _) = await server.terminal("desk-1"), await server.station("board-manager")
        without = await board.sign_in("manager")
        guessed = await board.sign_in("manager", "something else")
        code = (await ask(desk, ResetSecret, staff="manager")).code
        own = {"staff": "manager", "old": code, "new": "a new password"}
        chosen = await ask(board, SetOwnSecret, **own)
        now = otp(chosen.otp_secret, clock.now_ms() // 30_000)

        wrong = await board.sign_in("manager", "a new password")
        good = await board.sign_in("manager", "a new password", otp=now)
        replayed = await board.sign_in("manager", "a new password", otp=now)

    assert without.code == "AuthenticatorNeeded"
    assert (guessed.code, wrong.code, replayed.code) == ("SignInWrong",) * 3
    assert good.staff == "manager"


async def test_guesses_are_slowed_down_and_harm_nobody_else():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        counter, _ = await server.station("counter-1")
        other, _ = await server.station("counter-2")

        codes, tries = [], 0
        while clock.monotonic() < 3600 and "SignInLocked" not in codes:
            refused = await counter.sign_in("teller-1", f"{next(_pins)}")
            codes.append(refused.code)
            tries += refused.code == "SignInWrong"
            clock.advance(seconds=refused.values.get("seconds", 0))
        owner = await other.sign_in("teller-1")
        neighbour = await counter.sign_in("teller-2")
        manager = await server.terminal("board-manager")
        unlocked = await ask(manager, UnlockStaff, staff="teller-1")
        back = await counter.sign_in("teller-1", hand_over=True)

    assert tries <= 20
    assert isinstance(owner, SignedIn)
    assert isinstance(neighbour, SignedIn)
    assert isinstance(unlocked, HouseAccepted)
    assert isinstance(back, SignedIn)


_pins = itertools.count(100_000)


async def test_names_that_nobody_has_are_slowed_down_in_the_same_way():
    async with serving() as server:
        counter, _ = await server.station("counter-1")

        codes = {
            name: [(await counter.sign_in(name, "100000")).code for _ in range(6)]
            for name in ("teller-1", "nobody")
        }

    assert codes["teller-1"] == codes["nobody"] == ["SignInWrong"] * 5 + ["SignInBlocked"]


async def test_no_secret_is_logged_journalled_or_shown(caplog):
    caplog.set_level(logging.DEBUG)
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        desk, counter = await server.terminal("desk-1"), await server.terminal("counter-1")
        invited = await ask(desk, InviteStation, kind="kiosk", branch="main")
        _, paired = await pair(server, invited.code)
        signed_in = await counter.sign_in("teller-1", "9876501234")
        again = await counter.sign_in("teller-1")
        await counter.sign_in("my-password-in-the-wrong-field", "x")
        view = await desk.view(HouseView)

    said = [row.data + row.actor.encode() for row in await rows(journal, HOUSE_STREAM)]
    said += [str(vars(one)).encode() for one in caplog.records if one.name.startswith("server")]
    said += [repr(one).encode() for one in (invited, paired, signed_in, again)] + [encode(view)]
    everything = b"\n".join(said).decode()
    for secret in [
        invited.code,
        invited.code.replace("-", ""),
        paired.secret,
        again.token,
        "9876501234",
        secret_of("teller-1"),
        secret_of("admin"),
        station_secret("counter-1"),
        "my-password",
    ]:
        assert secret not in everything


# --- Rights ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (DisableStaff, {}),
        (ChangeRoles, {"roles": (RoleAt(branch="main", role="lobby_assistant"),)}),
        (ChangeRoles, {"roles": ()}),
    ],
)
async def test_a_right_that_is_taken_away_is_gone_at_once(command, fields):
    async with serving() as server:
        desk, board = await server.terminal("desk-1"), await server.terminal("board-manager")

        await ask(desk, command, staff="manager", **fields)
        async with asyncio.timeout(PATIENCE_SECONDS):
            ended = await board.hear(SignInEnded)
        refused = await board.order(sample_message())

    assert ended.reason == "rights_changed"
    assert refused.code == "NobodySignedIn"


async def test_views_stop_with_the_sign_in():
    async with serving() as server:
        desk, board = await server.terminal("desk-1"), await server.terminal("board-manager")
        await board.view(BoardView)
        await ask(desk, DisableStaff, staff="manager")
        await board.hear(SignInEnded)
        board.views.clear()

        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take())
        await board.order(sample_message())

    assert board.views == {}


async def test_the_administrator_sees_who_is_signed_in_where():
    async with serving() as server:
        desk, counter = await server.terminal("desk-1"), await server.terminal("counter-1")
        while people(desk) != {"desk-1": "admin", "counter-1": "teller-1"}:
            await desk.hear(HouseView)

        await ask(counter, SignOut)
        while "counter-1" in people(desk):
            await desk.hear(HouseView)

    assert people(desk) == {"desk-1": "admin"}


def people(desk):
    """Who is signed in, as the desk was told last."""
    return {one.id: one.staff for one in desk.views["HouseView"].stations if one.staff}


async def test_a_passer_by_who_tries_does_not_keep_a_terminal_open():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        counter = await server.terminal("counter-1")
        clock.advance(minutes=10)
        await counter.sign_in("nobody", "000111")
        clock.advance(minutes=10)

        refused = await counter.order(opening())

    assert refused.code == "Locked"


async def test_a_repeat_of_the_administrator_gets_the_first_answer():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        command = InviteStation(id=new_id(), kind="kiosk", branch="main")

        first, again = await desk.order(command), await desk.order(command)
        other = await desk.order(InviteStation(id=command.id, kind="display", branch="main"))
        await eventually(lambda: "HouseView" in desk.views)

    assert first == again
    assert other.code == "CommandReused"


async def test_a_welcome_tells_what_kind_of_station_it_is():
    async with serving() as server:
        kinds = [
            (await server.station(station))[1].kind
            for station in ("kiosk-1", "display-1", "counter-1", "board-head", "desk-1")
        ]

    assert kinds == ["kiosk", "display", "counter", "board", "desk"]
