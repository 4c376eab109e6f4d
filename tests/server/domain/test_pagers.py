"""Vibrating pagers: who has one, what it has to tell, and when somebody must look after it."""

import pytest

from server.domain.commands import Resume
from server.domain.events import (
    AlertCeased,
    AlertClosed,
    AlertRaised,
    PagerBound,
    PagerCallConfirmed,
    PagerReleased,
    PagerReported,
)
from server.domain.pagers import PAGERS_MAX
from server.domain.refusals import (
    PagerCallOver,
    PagerLost,
    PagerNotOut,
    PagerOut,
    PagerOutcomeNeeded,
    TicketEnded,
    TicketHasPager,
    TooManyPagers,
    UnknownVisit,
)
from shared import protocol as p
from shared.protocol import (
    BindPager,
    CloseAlert,
    ConfirmPagerCall,
    LeaveLine,
    RecallTicket,
    ReleasePager,
    ReportPager,
    RequestHelp,
    TransferTicket,
    UndoAction,
)
from tests.server.domain.story import like

BASE = {"by": "pager_base", "station": "pagers-1"}
ASSISTANT = {"by": "lobby_assistant"}


@pytest.fixture
def bound(story):
    """A001 waits, and has pager 7, which answers; two counters are open."""
    story.open(1, 2)
    story.take("A", needs=("visual_call",))
    story.given(BindPager, visit="A001", pager=7, **ASSISTANT)
    story.given(ReportPager, pager=7, state="working", **BASE)
    return story


def base(story):
    """What the base of the pagers is told."""
    return story.feed("PagerView")


def call_of(story):
    """The one call that a pager has to tell, or has told."""
    (call,) = base(story).calls
    return call


def confirm(story, pager=7):
    """The base says that the pager vibrates."""
    call = next(one.call for one in base(story).calls if one.pager == pager)
    story.given(ConfirmPagerCall, pager=pager, call=call, **BASE)


def told(story):
    """The alerts about pagers on the board: what is the matter, with which, and whose it is."""
    alerts = [alert for alert in story.board.alerts if alert.pager]
    return [(alert.kind, alert.pager, alert.number) for alert in alerts]


# --- Handing one out -----------------------------------------------------------------------------


def test_a_pager_is_bound_to_a_waiting_ticket(story):
    story.take("A")

    story.when(BindPager, visit="A001", pager=7, **ASSISTANT).then(
        PagerBound(pager=7, visit=1, number="A001")
    )

    (out,) = base(story).pagers
    assert (out.pager, out.number, out.state) == (7, "A001", "unconfirmed")
    assert base(story).calls == ()
    assert story.board.line[0].pager == 7
    assert story.board.pagers == base(story).pagers


def test_binding_the_same_once_more_changes_nothing(bound):
    bound.when(BindPager, visit="A001", pager=7, **ASSISTANT).then()


def test_a_pager_has_one_ticket_and_a_ticket_one_pager(bound):
    bound.take("A")

    bound.when(BindPager, visit="A002", pager=7).refused(PagerOut(7, "A001"))
    bound.when(BindPager, visit="A001", pager=8).refused(TicketHasPager("A001", 7))


def test_a_ticket_that_is_over_gets_no_pager(story):
    story.take("A")
    story.given(LeaveLine, visit="A001")

    story.when(BindPager, visit=1, pager=7).refused(TicketEnded("A001", "left"))
    story.when(BindPager, visit=99, pager=7).refused(UnknownVisit(99))
    assert base(story).pagers == ()


def test_no_more_pagers_are_out_than_any_branch_has(tell):
    story = tell(hours={"day_ends": "23:00"})
    for n in range(1, PAGERS_MAX + 2):
        story.take("A", reason="other")
        if n <= PAGERS_MAX:
            story.given(BindPager, visit=n, pager=n)

    story.when(BindPager, visit=PAGERS_MAX + 1, pager=9_999).refused(TooManyPagers(PAGERS_MAX))
    story.given(ReleasePager, pager=1)
    story.given(BindPager, visit=PAGERS_MAX + 1, pager=9_999)


def test_a_pager_that_is_given_back_can_be_bound_to_the_next(bound):
    bound.take("A")

    bound.when(ReleasePager, pager=7, **ASSISTANT).then(PagerReleased(pager=7))
    bound.when(BindPager, visit="A002", pager=7).then(
        PagerBound(pager=7, visit=2, number="A002"),
    )
    assert [ticket.pager for ticket in bound.board.line] == [None, 7]


def test_of_a_pager_that_nobody_has_there_is_nothing_to_say(bound):
    bound.when(ReleasePager, pager=8).refused(PagerNotOut(8))
    bound.when(ReportPager, pager=8, state="lost").refused(PagerNotOut(8))
    bound.when(ConfirmPagerCall, pager=8, call=1, **BASE).refused(PagerNotOut(8))


# --- What it has to tell -------------------------------------------------------------------------


def test_a_called_ticket_makes_its_pager_vibrate_in_the_long_pattern_until_that_is_confirmed(bound):
    bound.call(2)

    call = call_of(bound)
    assert (call.pager, call.number, call.counter, call.at) == (7, "A001", 2, bound.now)
    assert (call.again, call.long, call.confirmed) == (False, True, False)
    assert call.call == bound.display.calls[0].id

    bound.when(ConfirmPagerCall, pager=7, call=call.call, **BASE).then(
        PagerCallConfirmed(pager=7, call=call.call)
    )
    assert call_of(bound).confirmed
    assert base(bound).pagers[0].state == "working"
    bound.when(ConfirmPagerCall, pager=7, call=call.call, **BASE).then()


def test_whoever_sees_a_call_gets_the_ordinary_pattern(story):
    story.open(1)
    story.take("A", needs=("escort",))
    story.given(BindPager, visit="A001", pager=7)
    story.call(1)

    assert not call_of(story).long


def test_called_again_it_vibrates_again(bound):
    bound.call(1)
    first = call_of(bound).call
    confirm(bound)
    bound.later(seconds=10)
    bound.given(RecallTicket, counter=1)

    again = call_of(bound)
    assert (again.again, again.confirmed) == (True, False)
    assert again.call > first
    bound.when(ConfirmPagerCall, pager=7, call=first, **BASE).refused(PagerCallOver(7))


def test_a_customer_who_has_come_is_called_no_more(bound):
    bound.serve(1)

    assert base(bound).calls == ()
    bound.when(ConfirmPagerCall, pager=7, call=1, **BASE).refused(PagerCallOver(7))


def test_a_call_that_was_taken_back_is_not_told(bound):
    bound.call(1)
    bound.given(UndoAction, counter=1)

    assert base(bound).calls == ()
    bound.call(2)
    assert call_of(bound).counter == 2


def test_a_ticket_that_is_transferred_keeps_its_pager(bound):
    bound.open(7)
    bound.serve(1)
    bound.given(TransferTicket, counter=1, service="L")
    assert bound.board.line[0].pager == 7
    bound.call(7)

    assert (call_of(bound).pager, call_of(bound).counter) == (7, 7)


def test_a_pager_bound_to_a_ticket_that_is_called_already_tells_that_call(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.later(seconds=40)
    story.given(BindPager, visit="A001", pager=7)

    assert not call_of(story).confirmed
    story.later(seconds=14)  # counted from when it was handed out
    assert told(story) == []


# --- When nobody confirms it, or it does not answer ----------------------------------------------


def test_a_call_that_no_pager_has_told_within_fifteen_seconds_is_an_alert(bound):
    bound.call(1)
    bound.later(seconds=14)
    assert told(bound) == []

    bound.later(seconds=1)

    assert told(bound) == [("pager_unreachable", 7, "A001")]


def test_a_pager_that_no_base_has_reached_is_noticed_while_its_customer_is_at_hand(story):
    story.take("A")
    story.given(BindPager, visit="A001", pager=70)  # it is 7 that was meant
    story.later(seconds=14)
    assert told(story) == []

    story.later(seconds=1)

    assert told(story) == [("pager_unreachable", 70, "A001")]


def test_a_pager_that_was_reached_is_not_waited_for_until_it_is_called(bound):
    bound.later(minutes=5)

    assert told(bound) == []


def test_a_call_that_is_confirmed_in_time_is_none(bound):
    bound.call(1)
    bound.later(seconds=14)
    confirm(bound)
    bound.later(minutes=1)

    assert told(bound) == []


def test_a_server_that_was_away_gives_the_base_its_time_again(bound):
    bound.call(1)
    bound.now += 40_000
    bound.given(Resume)
    bound.later(seconds=14)
    assert told(bound) == []

    bound.later(seconds=1)
    assert told(bound) == [("pager_unreachable", 7, "A001")]


def test_a_pager_that_does_not_answer_alerts_at_once_and_once(bound):
    bound.when(ReportPager, pager=7, state="unreachable", **BASE).then(
        PagerReported(pager=7, state="unreachable"),
        AlertRaised(alert=1, kind="pager_unreachable", visit=1, pager=7),
    )

    bound.when(ReportPager, pager=7, state="unreachable", **BASE).then()
    bound.given(ReportPager, pager=7, state="working", **BASE)
    bound.when(ReportPager, pager=7, state="unreachable", **BASE).then(
        PagerReported(pager=7, state="unreachable")
    )
    bound.later(minutes=1)
    assert told(bound) == [("pager_unreachable", 7, "A001")]


def test_its_alert_closes_only_with_an_outcome_also_when_it_answers_again(bound):
    bound.given(ReportPager, pager=7, state="unreachable", **BASE)
    bound.given(ReportPager, pager=7, state="working", **BASE)
    bound.later(minutes=1)
    assert told(bound) == [("pager_unreachable", 7, "A001")]

    bound.when(CloseAlert, alert=1, outcome="no_action").refused(PagerOutcomeNeeded(1))
    bound.given(CloseAlert, alert=1, outcome="solved")
    bound.later(seconds=10)

    assert told(bound) == []
    assert bound.history[-1][0] == AlertCeased(alert=1)
    bound.given(ReportPager, pager=7, state="unreachable", **BASE)
    assert told(bound) == [("pager_unreachable", 7, "A001")]  # it went silent once more


def test_a_closed_alert_stays_closed_while_the_pager_stays_silent(bound):
    bound.given(ReportPager, pager=7, state="unreachable", **BASE)
    bound.given(CloseAlert, alert=1, outcome="referred_up")
    bound.later(minutes=5)

    assert told(bound) == []


# --- When it is not given back, or lost ----------------------------------------------------------


def test_a_pager_that_is_not_given_back_within_a_minute_of_the_visit_is_an_alert(bound):
    bound.serve(1)
    bound.finish(1)
    assert base(bound).pagers[0].over_since == bound.now
    bound.later(seconds=59)
    assert told(bound) == []

    bound.later(seconds=1)

    assert told(bound) == [("pager_kept", 7, "A001")]
    alert = bound.alert("pager_kept").id
    bound.when(ReleasePager, pager=7).then(
        PagerReleased(pager=7), AlertClosed(alert=alert, outcome="solved")
    )
    assert told(bound) == []


def test_whoever_left_with_it_is_noticed_too(bound):
    bound.given(LeaveLine, visit="A001", by="customer")
    bound.later(minutes=1)

    assert told(bound) == [("pager_kept", 7, "A001")]


def test_a_finish_that_was_taken_back_is_no_end(bound):
    bound.serve(1)
    bound.finish(1)
    bound.later(seconds=30)
    bound.given(UndoAction, counter=1)
    bound.later(minutes=2)

    assert base(bound).pagers[0].over_since is None
    assert told(bound) == []


def test_a_kept_pager_that_does_not_answer_is_still_one_alert(bound):
    bound.given(LeaveLine, visit="A001")
    bound.when(ReportPager, pager=7, state="unreachable", **BASE).then(
        PagerReported(pager=7, state="unreachable")
    )
    bound.later(minutes=2)

    assert told(bound) == [("pager_kept", 7, "A001")]


@pytest.mark.parametrize("who", [BASE, ASSISTANT, {"by": "teller"}], ids=lambda who: who["by"])
def test_a_lost_pager_is_an_alert_at_once(bound, who):
    bound.when(ReportPager, pager=7, state="lost", **who).then(
        PagerReported(pager=7, state="lost"),
        AlertRaised(alert=1, kind="pager_lost", visit=1, pager=7),
    )
    bound.when(ReportPager, pager=7, state="lost", **who).then()
    assert told(bound) == [("pager_lost", 7, "A001")]


def test_a_lost_pager_is_nobodys_and_its_customer_gets_another(bound):
    bound.take("A")
    bound.given(ReportPager, pager=7, state="lost")

    bound.when(BindPager, visit="A002", pager=7).refused(PagerLost(7))
    bound.when(BindPager, visit="A001", pager=7).refused(PagerLost(7))
    bound.when(ReportPager, pager=7, state="working", **BASE).refused(PagerLost(7))
    bound.given(BindPager, visit="A001", pager=8)
    bound.call(1)

    assert call_of(bound).pager == 8
    bound.when(ConfirmPagerCall, pager=7, call=call_of(bound).call, **BASE).refused(
        PagerCallOver(7)
    )


def test_a_lost_pager_that_is_found_closes_its_alert_and_may_go_out_again(bound):
    bound.given(ReportPager, pager=7, state="lost")

    bound.when(ReleasePager, pager=7).then(
        PagerReleased(pager=7), AlertClosed(alert=1, outcome="solved")
    )
    bound.given(BindPager, visit="A001", pager=7)
    assert base(bound).pagers[0].state == "unconfirmed"


def test_an_alert_that_was_closed_before_is_not_closed_twice(bound):
    bound.given(ReportPager, pager=7, state="lost")
    bound.given(CloseAlert, alert=1, outcome="referred_up")

    bound.when(ReleasePager, pager=7).then(PagerReleased(pager=7))


def test_a_pager_nobody_gave_back_in_the_evening_is_an_alert_in_the_morning(bound):
    bound.at("2026-11-17 09:00")

    (out,) = base(bound).pagers
    assert (out.pager, out.number) == (7, "A001")
    assert out.over_since is not None
    # Whose it was is told by its number there: that visit is of another day.
    assert told(bound) == [("pager_kept", 7, None)]
    bound.when(ReportPager, pager=7, state="lost").then(
        PagerReported(pager=7, state="lost"),
        like(AlertRaised, kind="pager_lost", pager=7, visit=None),
    )
    bound.given(ReleasePager, pager=7)
    assert told(bound) == []


# --- Whoever means no good -----------------------------------------------------------------------


def test_of_ever_so_many_bindings_and_losses_nothing_is_left(story):
    story.take("A")
    for n in range(1, 501):
        story.given(BindPager, visit="A001", pager=n)
        story.given(ReportPager, pager=n, state="lost", **BASE)
        story.given(ReleasePager, pager=n)
    story.later(seconds=10)

    assert (story.branch.pagers, story.branch.day.alerts) == ({}, {})


def test_a_base_that_says_one_thing_and_then_the_other_raises_one_alert(bound):
    for _ in range(100):
        bound.given(ReportPager, pager=7, state="unreachable", **BASE)
        bound.given(ReportPager, pager=7, state="working", **BASE)
    bound.later(minutes=1)

    assert told(bound) == [("pager_unreachable", 7, "A001")]


def test_with_every_pager_lost_the_views_stay_small_and_other_alerts_in_sight(tell):
    story = tell(hours={"day_ends": "23:00"})
    for n in range(1, PAGERS_MAX + 1):
        story.take("A", reason="other")
        story.given(BindPager, visit=n, pager=n)
        story.given(ReportPager, pager=n, state="lost", **BASE)
    story.given(RequestHelp, wanted="complaint", by="customer")

    assert story.board.alerts[-1].kind == "complaint"
    assert max(len(p.encode(story.feed(feed))) for feed in ("BoardView", "PagerView")) < 50_000


# --- Who is told nothing -------------------------------------------------------------------------


def test_no_customer_is_told_of_pagers_nor_anybody_who_looks_at_the_display(bound):
    bound.given(ReportPager, pager=7, state="unreachable", **BASE)
    bound.call(1)

    for feed in ("DisplayView", "KioskView", "TicketView:1", "PanelView:1"):
        assert b"pager" not in p.encode(bound.feed(feed)), feed
    assert b"pager" in p.encode(bound.feed("CounterView:1"))  # whoever serves takes it back
