"""Everything that can be done at the board, and who may."""

from typing import Any

import pytest
from msgspec.structs import replace

from lobby_display.board.asks import Given
from lobby_display.board.verbs import VERBS, may, offered
from server.domain.known import Known, PersonKnown
from shared import protocol as p
from shared.i18n import text
from shared.rights import OF_ONESELF, PERMISSIONS
from tests.lobby_display.board.desks import Hands, desk_of
from tests.lobby_display.board.halls import (
    booked_hall,
    busy,
    off_the_line,
    quiet,
    somebody_on_the_way,
)

ROLES = ("lobby_assistant", "lobby_manager", "operations_supervisor", "branch_head")

ANNA = PersonKnown(
    p.PersonShown(name="Anna Weber", phone="13800138000"),
    p.PersonShown(name="A*", phone="138****8000"),
)

TYPED = {
    "number": "a012",
    "taken_at": "0901",
    "started_at": "9:05",
    "finished_at": "09:10",
    "to": "zhao",
    "staff": "zhao",
    "zh": "x",
    "en": "y",
    "name": "Anna",
    "phone": "138 0013 8000",
    "pager": "07",
    "code": "012345",
    "digits": "8000",
}


def visit(story, number):
    return f"ticket:{story.visit(number).id}"


def a_hall_for(verb):
    """A branch in which that verb could work, and what it is about."""
    if verb.name == "book_instead":
        story = quiet()
        story.take("F")
        return story, visit(story, "F001")
    if verb.name == "arrived":
        story = somebody_on_the_way()
        return story, visit(story, "A005")
    if verb.about == "ticket":
        story = off_the_line()
        (recorded,) = story.given(p.RecordPerson, visit="A001", name="Anna")
        story.known = Known({recorded.person: ANNA})
        story.given(p.BindPager, visit="A001", pager=7)
        states = {"missed": "A002", "diverted": "A003", "parked": "A001", "called": "A004"}
        for number in ("A005", *states.values(), "A006"):
            given = Given(desk_of(story), visit(story, number))
            if verb.possible(given):
                return story, given.about
        raise AssertionError(verb.name)
    story = busy()
    if verb.command in (p.ReleasePager, p.ReportPager):
        story.given(p.BindPager, visit="A003", pager=7)
        story.given(p.ReportPager, pager=7, state="unreachable")
    if verb.name in ("open_service", "resume_service"):
        closes = p.CloseService if verb.name == "open_service" else p.StopIssuing
        story.given(closes, service="A", reason="staffing", by="operations_supervisor")
    if verb.name == "resume":
        story.given(p.PauseCounter, counter=8, reason="meal", by="operations_supervisor")
    if verb.name == "end_emergency":
        story.given(p.StartEmergency, kind="drill", by="branch_head")
    if verb.name == "open_day":
        story = quiet()
        story.given(p.CloseDay, by="operations_supervisor")
    if verb.about == "request":
        story.given(p.TakeUpRequest, kind="question", by="lobby_manager:li")
    if verb.about == "appointment":
        return booked_hall(), "appointment:1"
    view = story.board
    candidates = {
        "counter": [f"counter:{counter.id}" for counter in view.counters],
        "machine": ["machine:M1", "machine:M2"],
        "alert": [f"alert:{alert.id}" for alert in view.alerts],
        "request": [f"request:{request.id}" for request in view.requests],
        "service": ["service:A", "service:F"],
        "message": [f"message:{one.id}" for one in view.messages],
        "duty": ["duty:li"],
    }.get(verb.about, ["more"])
    about = next(one for one in candidates if verb.possible(Given(desk_of(story), one)))
    return story, about


@pytest.mark.parametrize("role", ROLES)
def test_every_verb_of_a_role_is_at_its_board(role):
    """All but what one does for oneself, and what a booking consists of besides the first step."""
    here = {verb.command for verb in VERBS if may(role, verb)}
    steps = {p.FindSlots, p.BookAppointment, p.ReleaseSlot}

    assert PERMISSIONS[role] - OF_ONESELF - here == steps


@pytest.mark.parametrize("role", [*ROLES, "auditor", "teller", "board"])
def test_nobody_is_offered_what_would_be_refused(role):
    desk = desk_of(busy(), role)

    for about in ("ticket:1", "counter:1", "machine:M1", "alert:1", "service:A", "duty:li", "more"):
        kind: Any = about.partition(":")[0].replace("more", "branch")
        for verb in offered(Given(desk, about), kind):
            assert verb.command in PERMISSIONS[role]


def test_an_auditor_is_offered_nothing():
    desk = desk_of(busy(), "auditor")

    assert [verb for verb in VERBS if may(desk.role, verb)] == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_asks_in_words_and_ends_in_a_command_that_can_be_sent(verb, language):
    story, about = a_hall_for(verb)
    hands = Hands(desk_of(story, language=language)).touch(about)
    said = [hands.question.heading, *hands.question.lines]
    hands.choose(f"verb:{verb.name}")

    for _ in range(10):
        question = hands.question
        if question is None:
            break
        said += [question.heading, *question.lines, *(option.label for option in question.options)]
        field = question.name.split()[-1]
        first = () if question.line == "note" else tuple(hands.words[-1:])
        hands.choose(*first, note=TYPED.get(field, ""))

    command = hands.command
    assert type(command) is verb.command
    assert p.decode_command(p.encode(command)) == command
    assert all(said)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_verb_has_a_name_of_its_own_among_those_offered_together(language):
    for about in {verb.about for verb in VERBS}:
        names = [text(language, f"board.verb.{v.name}") for v in VERBS if v.about == about]
        assert len(set(names)) == len(names), about


def test_a_reason_is_asked_where_the_command_wants_one():
    for verb in VERBS:
        if "reason" in verb.command.__struct_fields__:
            assert "reason" in [ask.field for ask in verb.asks], verb.name


def test_what_can_be_undone_is_not_asked_twice():
    sure = {verb.name for verb in VERBS if "_sure" in [ask.field for ask in verb.asks]}

    assert sure == {
        "at_machine",
        "forget",
        "leave",
        "give_up",
        "emergency",
        "close_day",
        "cancel_booking",
    }


def test_a_faulty_machine_is_never_advised():
    story = busy()
    hands = Hands(desk_of(story)).touch(visit(story, "A003")).choose("verb:divert")

    assert hands.words == ["M2"]


def test_whoever_is_on_the_way_is_checked_in_and_nobody_else_is():
    story = somebody_on_the_way()

    def offers(number):
        given = Given(desk_of(story), visit(story, number))
        return "arrived" in [verb.name for verb in offered(given, "ticket")]

    assert [offers(number) for number in ("A001", "A003", "A005")] == [False, False, True]


def test_a_bad_rating_is_not_closed_with_nothing_done():
    story = quiet()
    alert = p.AlertShown(id=7, kind="bad_rating", at=story.now, score=2, rating_reason="long_wait")
    desk = desk_of(story, view=replace(story.board, alerts=(alert,)))

    names = [verb.name for verb in offered(Given(desk, "alert:7"), "alert")]

    assert names == ["alert_solved", "alert_referred_up"]
