"""What each audience sees, and what it must not see."""

import msgspec
import pytest

from server.domain.configuration import Hours
from server.domain.known import Known, Waits
from server.domain.views import Views
from shared.protocol import (
    AskHelp,
    ChangeLanes,
    CloseDay,
    DivertToMachine,
    LeaveLine,
    ParkTicket,
    PauseCounter,
    PromoteTicket,
    RequestHelp,
    SetMachine,
    StartEmergency,
    StartService,
    StepBack,
    WaitShown,
    Words,
    encode,
)
from tests.server.domain.story import MINUTE, MONDAY, SECOND, Story
from tests.server.one_branch import branch_config

VIEW_BYTES_MAX = 50_000
"""Above it a view would have to be sent in parts."""


def keys_in(value):
    """Every key of a decoded message, however deep."""
    if isinstance(value, dict):
        return set(value).union(*(keys_in(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(keys_in(v) for v in value))
    return set()


def seen(views, feed):
    return views.build(feed)


def a_busy_hall(story):
    """Something of everything: lanes, needs, reasons, people at work, an alert."""
    story.open(1, 2, 3, 8)
    story.take("A", "care", needs=("visual_call", "escort"))
    story.take("A", "vip")
    story.take("A", needs=("low_counter",))
    story.take("L", "appointment")
    story.take("F")
    story.take("F")
    story.later(minutes=2)
    story.serve(1)
    story.call(2)
    story.given(AskHelp, counter=1, kind="authorise")
    story.given(PromoteTicket, visit="F002", reason="manager_decision")
    story.given(DivertToMachine, visit="F001", machine="M1")


# --- What is not shown ---------------------------------------------------------------------------


@pytest.mark.parametrize("feed", ["DisplayView", "KioskView"])
def test_a_public_screen_never_carries_lanes_needs_reasons_or_staff(story, feed):
    a_busy_hall(story)

    message = encode(msgspec.json.decode(encode(story.feed(feed))))

    never = {
        "lanes", "lane", "needs", "why", "next_why", "reason", "rule", "score", "staff", "duty",
        "alerts", "promoted", "park_reason", "papers", "visit", "passed_over", "figures", "help",
        "pause_reason", "closing", "only_counter",
    }  # fmt: skip
    assert keys_in(msgspec.json.decode(message)).isdisjoint(never)
    for word in (b"care", b"vip", b"ordinary", b"escort", b"visual", b"teller", b"manager"):
        assert word not in message


def test_a_display_says_nothing_of_a_called_customer_but_number_and_counter(story):
    a_busy_hall(story)

    second, first = story.display.calls
    assert keys_in(msgspec.to_builtins(second)) <= {
        "id",
        "number",
        "counter",
        "at",
        "again",
        "long",
    }
    assert (first.number, first.counter) == ("A001", 1)
    assert (second.number, second.counter) == ("V001", 2)


def test_the_customers_own_page_shows_one_ticket_and_nobody_else(story):
    a_busy_hall(story)

    page = encode(story.feed("TicketView:1")).decode()

    assert "A001" in page
    for other in ("V001", "A002", "Y001", "F001", "F002"):
        assert other not in page
    for word in ("care", "visual_call", "escort", "lanes", "needs", "why", "staff"):
        assert word not in page


def test_a_counter_is_never_announced_as_a_vip_counter(story):
    for counter in story.display.counters:
        assert "VIP" not in counter.name.en.upper()
        assert "贵宾" not in counter.name.zh


# --- What is shown -------------------------------------------------------------------------------


def test_the_kiosk_shows_services_in_kiosk_order_with_their_lines(story):
    story.take("F")
    story.take("F")
    story.take("Q")

    assert [(s.id, s.waiting) for s in story.kiosk.services] == [
        ("A", 0), ("F", 2), ("L", 0), ("W", 0), ("Q", 1),
    ]  # fmt: skip


def test_a_service_may_be_kept_off_the_kiosk_and_still_be_served(tell):
    story = tell(services={"Q": {"on_kiosk": False}})
    story.take("Q")

    assert [s.id for s in story.kiosk.services] == ["A", "F", "L", "W"]
    assert story.service("Q").waiting == 1


@pytest.mark.parametrize(
    ("start", "service", "status"),
    [
        ("2026-11-16 07:59", "A", "closed"),  # no day yet
        ("2026-11-16 08:44", "A", "too_early"),
        ("2026-11-16 08:45", "A", "open"),
        ("2026-11-16 16:44", "A", "open"),
        ("2026-11-16 16:45", "A", "over"),
        ("2026-11-21 10:00", "Q", "not_today"),
    ],
)
def test_a_service_says_whether_it_gives_tickets(tell, start, service, status):
    assert tell(start).service(service).status == status


def test_a_service_that_is_over_says_when_it_is_next_given(tell):
    story = tell("2026-11-20 17:00")  # a Friday

    assert story.service("A").next_from == story.moment("2026-11-21 09:15")
    assert story.service("Q").next_from == story.moment("2026-11-23 08:45")


def test_a_service_that_is_open_says_its_hours(story):
    shown = story.service("W")

    assert (shown.opens, shown.closes) == (story.moment("09:00"), story.moment("17:00"))
    assert (shown.tickets_from, shown.tickets_until) == (
        story.moment("08:45"),
        story.moment("16:30"),
    )
    assert shown.next_from is None


def test_the_display_shows_the_last_calls_newest_first_and_no_more_than_twelve(story):
    story.open(1)
    for _ in range(14):
        story.take("A")
        story.serve(1)
        story.finish(1)
        story.later(seconds=10)

    calls = story.display.calls
    assert [c.number for c in calls] == [f"A{n:03d}" for n in range(14, 2, -1)]
    assert len({c.id for c in calls}) == 12


def test_the_display_knows_the_public_hours_of_the_day_and_at_night_those_of_the_next(story):
    shown = story.display
    assert (shown.opens, shown.closes) == (story.moment("09:00"), story.moment("17:00"))

    story.at("21:00")
    shown = story.display
    tomorrow = story.moment("2026-11-17 09:00"), story.moment("2026-11-17 17:00")
    assert (shown.day, shown.opens, shown.closes) == (None, *tomorrow)


def test_a_branch_without_hours_tells_none():
    never_open = msgspec.structs.replace(branch_config(counters=1), hours=Hours())
    shown = Story(never_open, f"{MONDAY} 21:00").display

    assert (shown.opens, shown.closes) == (None, None)


def test_the_display_is_shown_every_call_of_the_last_minute(story):
    story.open(1)
    for _ in range(14):
        story.take("A")
        story.serve(1)
        story.finish(1)

    assert len(story.display.calls) == 14


def test_the_display_shows_which_number_is_at_which_counter(story):
    story.open(1, 2, 3)
    story.take("A")
    story.call(2)
    story.given(PauseCounter, counter=1, reason="meal")

    shown = [(c.id, c.state, c.number) for c in story.display.counters[:4]]
    assert shown == [
        (1, "paused", None), (2, "open", "A001"), (3, "open", None), (4, "closed", None),
    ]  # fmt: skip


def test_a_counter_sees_its_ticket_its_line_and_why_the_next_is_next(story):
    a_busy_hall(story)
    view = story.feed("CounterView:1")

    assert (view.state, view.staff, view.services) == ("open", "teller1", ("A", "F"))
    assert view.current.number == "A001"
    assert view.current.needs == ("visual_call", "escort")
    assert [(t.n, t.service, t.counter) for t in view.transactions] == [(1, "A", 1)]
    assert (view.help, view.figures.called) == ("authorise", 1)
    assert [t.number for t in view.line] == ["F002"]
    assert view.next_why.rule == "promoted"


def test_a_counter_sees_who_is_missed_and_parked_and_until_when(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.call(1)
    story.miss(1)
    story.call(1)
    story.given(ParkTicket, counter=1, reason="papers", until=story.moment("10:00"))

    view = story.feed("CounterView:1")
    assert [t.number for t in view.missed] == ["A001"]
    assert view.missed[0].missed_at is not None
    assert [(t.number, t.park_reason, t.park_until) for t in view.parked] == [
        ("A002", "papers", story.moment("10:00"))
    ]


def test_a_closed_counter_has_no_line(story):
    story.take("A")

    view = story.feed("CounterView:1")
    assert (view.state, view.line, view.next_why, view.best_here) == ("closed", (), None, False)


def test_a_paused_counter_sees_its_line_and_why_it_is_paused(story):
    story.open(1, 2)
    story.given(PauseCounter, counter=1, reason="machine_cash")
    story.take("A")

    view = story.feed("CounterView:1")
    assert (view.pause_reason, view.line_count, view.best_here) == ("machine_cash", 1, False)


def test_counters_with_the_same_work_see_the_same_line(story):
    story.open(1, 2, 3)
    story.take("A")
    story.take("A", "care")

    views = Views(story.branch, story.now)
    first, second, care = (seen(views, f"CounterView:{n}") for n in (1, 2, 3))
    assert first.line == second.line
    assert first.best_here != second.best_here
    assert care.line_count == 2


def test_many_customers_of_one_moment_see_their_own_place_each(story):
    for _ in range(3):
        story.take("A")
    views = Views(story.branch, story.now)

    assert [seen(views, f"TicketView:{n}").people_ahead for n in (1, 2, 3)] == [0, 1, 2]


def test_the_board_shows_the_whole_line_by_score_and_who_is_off_it(story):
    a_busy_hall(story)
    board = story.board

    # F002 is promoted; Y001 has 10 + 3 x 2, A002 has 2.
    assert [t.number for t in board.line] == ["F002", "Y001", "A002"]
    assert board.line_count == 3
    assert [(t.number, t.state) for t in board.off_line] == [
        ("V001", "called"),
        ("F001", "diverted"),
    ]
    assert [a.kind for a in board.alerts] == ["escort_wanted", "counter_help"]
    assert [(d.staff, d.since) for d in board.duty] == [("li", story.moment("08:00"))]
    assert {c.id: c.state for c in board.counters}[1] == "open"


def test_the_figures_of_the_day_count_visits(story):
    story.open(1, 2)
    for _ in range(5):
        story.take("A")
    story.serve(1)
    story.finish(1)
    story.serve(1)
    story.call(2)
    story.given(LeaveLine, visit="A004")

    figures = story.board.figures
    assert (figures.issued, figures.done, figures.serving, figures.called) == (5, 1, 1, 1)
    assert (figures.left, figures.waiting) == (1, 1)


def test_the_ticket_page_says_where_to_go(story):
    story.open(3)
    story.take("A")
    story.later(minutes=3)
    story.call(3)

    page = story.feed("TicketView:1")
    assert (page.state, page.counter, page.called_at) == ("called", 3, story.now)
    assert page.people_ahead is None


def test_the_ticket_page_says_how_long_one_stands_back(story):
    story.take("A")
    story.take("A")
    story.given(StepBack, visit="A001", places=2)

    page = story.feed("TicketView:1")
    assert (page.held_places, page.held_until) == (2, story.now + 15 * MINUTE)
    story.later(minutes=15)
    page = story.feed("TicketView:1")
    assert (page.held_places, page.held_until) == (None, None)


def test_the_ticket_page_says_the_counter_as_it_is_spoken_and_the_language_chosen(story):
    story.open(3)
    story.take("A", language="en")
    assert story.feed("TicketView:1").counter_name is None
    story.call(3)

    page = story.feed("TicketView:1")
    assert page.counter_name == Words(zh="三号窗口", en="Counter three")
    assert page.branch_name == Words(zh="示范支行", en="Model branch")
    assert page.language == "en"


def soon(story, waits=None):
    views = Views(story.branch, story.now, Known(waits=waits or Waits()))
    return [seen(views, f"TicketView:{n}").soon for n in story.branch.visits]


def test_the_turn_is_soon_for_the_first_in_the_line_and_not_for_who_stepped_back(story):
    for _ in range(6):
        story.take("A")
    assert soon(story) == [True, True, True, True, False, False]

    story.given(StepBack, visit="A002", minutes=20)
    assert soon(story) == [True, False, True, True, True, False]
    story.open(1)
    story.call(1)
    assert soon(story)[0] is False


def test_the_turn_is_soon_when_the_wait_is_short_however_many_are_ahead(story):
    for _ in range(7):
        story.take("A")
    short, long = WaitShown(low=5, high=10), WaitShown(low=8, high=11)

    assert soon(story, Waits(tickets={6: short, 7: long}))[4:] == [False, True, False]


def test_before_the_opening_nobodys_turn_is_soon(tell):
    story = tell("2026-11-16 08:50")
    story.take("A")

    assert soon(story) == [False]
    story.at("09:00")
    assert soon(story) == [True]


def test_the_ticket_page_says_what_to_bring(story):
    story.take("A")

    page = story.feed("TicketView:1")
    assert page.service_name == Words(zh="存取款·转账", en="Cash and transfers")
    assert page.bring[0] == Words(zh="身份证", en="Identity card")


def test_the_ticket_page_of_yesterday_still_shows_until_the_next_day_opens(story):
    story.take("A")
    story.given(CloseDay, leftovers=True)

    assert story.feed("TicketView:1").state == "unserved"
    story.at("2026-11-17 08:00")
    assert story.feed("TicketView:1") is None


def test_a_closed_branch_shows_when_it_opens(tell):
    story = tell("2026-11-16 21:00")

    for feed in ("KioskView", "DisplayView", "BoardView"):
        view = story.feed(feed)
        assert (view.day, view.next_day_opens) == (None, story.moment("2026-11-17 08:00"))
    assert story.display.calls == ()
    assert story.board.alerts == story.board.duty == ()


@pytest.mark.parametrize("start", ["2026-11-20 21:00", "2026-11-21 07:00"])
def test_a_closed_branch_says_when_tickets_are_given_not_when_its_day_opens(tell, start):
    story = tell(start)  # a Friday evening, a Saturday morning

    assert story.service("A").next_from == story.moment("2026-11-21 09:15")
    assert story.service("Q").next_from == story.moment("2026-11-23 08:45")


def test_an_open_branch_does_not_say_when_it_opens(story):
    assert story.kiosk.next_day_opens is None


def test_an_emergency_is_on_every_screen(story):
    story.take("A")
    story.given(StartEmergency, kind="drill")

    for feed in ("KioskView", "DisplayView", "CounterView:1", "TicketView:1"):
        assert story.feed(feed).emergency is True
    assert story.board.emergency == "drill"


def test_every_view_carries_the_branch_its_sequence_its_time_and_its_day(story):
    story.take("A")

    for feed in ("KioskView", "DisplayView", "BoardView", "CounterView:1", "TicketView:1"):
        view = story.feed(feed)
        assert (view.branch, view.seq, view.at, view.day) == (
            "main",
            len(story.history),
            story.now,
            "2026-11-16",
        )


def test_a_lane_changed_quietly_shows_to_staff_only(story):
    story.take("A")
    public = encode(story.display)

    story.given(ChangeLanes, visit="A001", lanes=("care",), reason="agreed_with_customer")

    before, after = msgspec.json.decode(public), msgspec.json.decode(encode(story.display))
    after["seq"] = before["seq"]
    assert after == before
    assert story.board.line[0].lanes == ("care",)


# --- Feeds nobody knows --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "feed",
    [
        "", "StaffView", "KioskView:1", "BoardView:x", "CounterView",
        "CounterView:99", "CounterView:-1", "CounterView:1:2", "CounterView:x", "TicketView:0",
        "TicketView:7", "TicketView", "kioskview", "CounterView:" + "9" * 30,
    ],
)  # fmt: skip
def test_a_feed_nobody_knows_is_none(story, feed):
    assert story.feed(feed) is None


# --- Sizes ---------------------------------------------------------------------------------------


def test_a_full_lobby_of_200_stays_below_50_kb_per_view(story):
    """Everybody with every lane and need, and everything else that a view may hold in plenty."""
    story.open(1, 2, 3, 5, 6, 7, 8)
    flags = {"needs": ("visual_call", "escort"), "reason": "other"}
    for _ in range(30):
        story.take("A", "care", "vip", "appointment", **flags)
    for _ in range(15):
        story.call(3)
        story.given(ParkTicket, counter=3, reason="back_office", until=story.moment("16:59"))
    for n in range(16, 31):
        story.given(DivertToMachine, visit=n, machine="M1")
    for n in range(200):
        story.take("AFLWQ"[n % 5], "care", "vip", "appointment", **flags)
    for n in range(31, 131):
        story.given(StepBack, visit=n, places=10)
    story.given(SetMachine, machine="M1", state="faulty")
    for n in range(20):
        story.given(RequestHelp, by="kiosk", station=f"kiosk-{n}")
    assert story.board.line_count == 200

    for feed in ("KioskView", "DisplayView", "BoardView", "CounterView:3", "TicketView:100"):
        size = len(encode(story.feed(feed)))
        assert size < VIEW_BYTES_MAX, feed


def test_a_counter_is_told_from_when_it_may_call_again_and_miss(story):
    story.open(1)
    story.take("A")
    nobody = story.feed("CounterView:1")
    story.call(1)
    called = story.feed("CounterView:1")
    story.given(StartService, counter=1)
    serving = story.feed("CounterView:1")

    assert (nobody.recall_from, nobody.miss_from) == (None, None)
    assert (called.calls_min, called.calls_gap_seconds) == (3, 10)
    assert called.recall_from == called.miss_from == story.now + 10 * SECOND
    assert (serving.recall_from, serving.miss_from) == (None, None)


def test_whoever_may_not_hear_the_call_has_more_time_and_the_counter_sees_until_when(story):
    story.open(1)
    story.take("A", needs=("visual_call",))
    story.call(1)

    view = story.feed("CounterView:1")

    assert view.recall_from == story.now + 10 * SECOND
    assert view.miss_from == story.now + 3 * MINUTE


def test_a_counter_is_told_what_it_could_take_back_and_until_when(story):
    story.open(1)
    story.take("A")
    before = story.feed("CounterView:1")
    story.call(1)
    called = story.now
    story.later(seconds=60)
    in_time = story.feed("CounterView:1")
    story.later(seconds=1)
    late = story.feed("CounterView:1")

    assert (before.undo, before.undo_until) == (None, None)
    assert (in_time.undo, in_time.undo_until) == ("TicketCalled", called + 60 * SECOND)
    assert (late.undo, late.undo_until) == (None, None)


def test_a_counter_knows_where_it_may_transfer_to(story):
    view = story.feed("CounterView:1")

    assert [service.id for service in view.all_services] == ["A", "F", "L", "W", "Q"]
    assert [counter.id for counter in view.counters] == list(range(1, 9))
    assert view.branch_name == story.branch.config.name
