"""Appointments at the board, without a screen: the day's list, and booking for a customer."""

import pytest
from msgspec.structs import replace

from lobby_display.board import bookings, flow
from lobby_display.board.asks import Given
from lobby_display.board.flow import Look
from lobby_display.board.verbs import named, offered
from server.domain.known import Known
from shared import protocol as p
from shared.i18n import text
from tests.lobby_display.board.desks import Hands, desk_of
from tests.lobby_display.board.halls import (
    booked,
    booked_hall,
    busy,
    off_the_line,
    quiet,
    somebody_on_the_way,
)
from tests.lobby_display.board.test_verbs import ANNA

BOOKED = p.Accepted(id="x", seq=9, appointment=7, slot=1_794_880_800_000, short_code="012345")


def rows_of(story, **more):
    return [row.cells for row in bookings.the_day(desk_of(story, language="en", **more)).rows]


def names(story, about, role="lobby_assistant"):
    kind = about.partition(":")[0]
    return [verb.name for verb in offered(Given(desk_of(story, role), about), kind)]


def done(hands, reply):
    """What the board says once the last command was answered so."""
    hands.board = flow.answered(hands.board, hands.commands[-1], reply, hands.desk)
    return hands.board


def told_of(board):
    """The sentence at its foot."""
    return board.told.words


def then_of(name):
    """What makes the second command of that verb."""
    return named(name).then


def test_the_day_says_who_is_to_come_there_late_and_missing():
    rows = rows_of(booked_hall())

    assert [(time, state, number) for time, _, state, number, _ in rows] == [
        ("10:00", "there", "Y001"),
        ("10:00", "missing 26 min", ""),
        ("10:15", "late 11 min", ""),
        ("13:30", "to come", ""),
    ]
    assert rows[3][4] == "a low counter, English" or "English" in rows[3][4]


def test_whose_it_is_stands_there_masked():
    story = quiet()
    (event, *_) = story.given(
        p.HoldSlot, by="kiosk", station="kiosk-1", service="F", slot=story.moment("10:00")
    )
    story.given(
        p.BookAppointment,
        by="kiosk",
        station="kiosk-1",
        appointment=event.appointment,
        phone="13800138000",
    )
    person = story.branch.appointments[event.appointment].person
    story.known = Known({person: ANNA})

    assert rows_of(story)[0][4] == "A* 138****8000"


def test_what_can_be_done_follows_from_how_it_stands():
    story = booked_hall()

    to_come = ["check_in", "check_in_walk_in", "move_booking", "confirm_booking", "cancel_booking"]
    assert names(story, "appointment:1") == to_come
    assert names(story, "appointment:2") == []
    assert names(story, "appointment:4") == ["check_in"]
    assert names(story, "appointment:1", "auditor") == []


def test_somebody_is_checked_in_by_the_days_list():
    hands = Hands(desk_of(booked_hall())).touch("appointment:1").choose("verb:check_in")

    assert isinstance(hands.command, p.CheckIn)
    assert (hands.command.appointment, hands.command.walk_in) == (1, False)


def test_a_booking_asks_for_no_name_and_no_number():
    hands = Hands(desk_of(quiet())).touch("verb:book").choose("F").choose("low_counter", "en")
    ask = next(effect for effect in hands.effects if isinstance(effect, Look))
    query = bookings.query(ask.given, "x" * 16)
    hands.choose("2026-11-16").choose(hands.words[1]).choose(note="brings a form").choose()

    assert (query.service, query.low_counter, query.speaks) == ("F", True, "en")
    command = hands.command
    assert (command.needs, command.speaks) == (("low_counter",), "en")
    then = then_of("book")(hands.effects[-1].given, BOOKED, "y" * 16, "2026-11-16")
    assert then == p.BookAppointment(
        id="y" * 16, day="2026-11-16", appointment=7, note="brings a form"
    )
    assert not hasattr(hands.command, "note")


def test_a_mail_address_may_be_left_after_the_notice_and_has_to_be_one():
    hands = Hands(desk_of(quiet(), language="en")).touch("verb:book").choose("F").choose()
    hands.choose("2026-11-16").choose(hands.words[0]).choose()

    lines = hands.question.lines
    hands.choose(note="wang at example")
    unfit = hands.board.unfit
    hands.choose(note=" wang@example.com ")

    assert text("en", "screen.privacy") in lines
    assert unfit == "refusal.MailNotValid"
    then = then_of("book")(hands.effects[-1].given, BOOKED, "y" * 16, "2026-11-16")
    assert then.mail == "wang@example.com"
    assert not hasattr(hands.command, "mail")


def test_the_code_and_the_time_are_told_when_it_is_booked():
    hands = Hands(desk_of(quiet(), language="en"))
    command = p.BookAppointment(id="y" * 16, day="2026-11-16", appointment=7)

    board = flow.answered(hands.board, command, BOOKED, hands.desk)

    assert board.told is not None
    assert board.told.words == text(
        "en", "board.booked_for", time="Tue 17 Nov 10:00", code="012345"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_put_on_paper_speaks_the_customers_language_as_far_as_it_is_known(language):
    other = {"zh": "en", "en": "zh"}[language]
    story = booked_hall()
    story.take("L", language=other)
    desk = desk_of(story, language=language)
    theirs = next(one for one in story.board.appointments if one.language == "en")

    wished = Hands(desk).touch("verb:book").choose("F").choose(other)
    silent = Hands(desk).touch("verb:book").choose("F").choose()
    waiting = Given(desk, f"ticket:{story.visit('L001').id}")
    to_come = Given(desk, f"appointment:{theirs.id}")

    looks = [
        next(e.given for e in hands.effects if isinstance(e, Look)) for hands in (wished, silent)
    ]
    known = [bookings.language_of(given) for given in (*looks, waiting, to_come)]
    assert known == [other, language, other, "en"]
    assert bookings.held(looks[0])["language"] == other


def test_a_walk_in_comes_back_at_a_booked_time_instead_and_a_booked_one_may_wait_at_once():
    story = quiet()
    story.take("F", needs=("low_counter",))
    number = story.visit("F001").id
    hands = Hands(desk_of(story)).touch(f"ticket:{number}").choose("verb:book_instead")
    hands.choose("2026-11-16").choose(hands.words[0]).choose()

    given = hands.effects[-1].given
    then = then_of("book_instead")(given, BOOKED, "y" * 16, "2026-11-16")

    assert (hands.command.service, hands.command.needs) == ("F", ("low_counter",))
    assert then.visit == number
    booked(story, "10:00")
    story.at("10:01")
    hands = Hands(desk_of(story)).touch("appointment:1").choose("verb:check_in_walk_in")
    assert hands.command.walk_in


def test_a_walk_in_is_not_taken_for_the_appointment_of_the_same_number():
    story = booked_hall()
    story.take("L", needs=("escort",))
    visit = story.visit("L001").id
    assert visit in {one.id for one in story.board.appointments}

    given = Given(desk_of(story), f"ticket:{visit}")

    assert bookings.appointment_of(given) is None
    assert bookings.service_of(given) == "L"


def test_where_no_time_is_free_it_says_so():
    desk = desk_of(quiet(), language="en")
    board = flow.looked_up(Hands(desk).board, p.SlotsFound(id="x", seq=1, service="F"), desk)
    refused = p.Refused(id="x", code="NotBookable", text="No.")

    assert told_of(board) == text("en", "board.no_times")
    assert told_of(flow.looked_up(board, refused, desk)) == "No."
    assert told_of(flow.looked_up(board, None, desk)) == text("en", "screen.offline")


def test_an_appointment_of_another_day_is_found_by_its_code_and_moved():
    hands = Hands(desk_of(quiet(), language="en")).touch("verb:find_booking")
    hands.choose(note="01234")
    unfit = hands.question.lines
    hands.choose(note="012345").choose(note="8000")
    found = p.AppointmentFound(
        id="x",
        seq=1,
        appointment=9,
        service="F",
        slot=1_794_880_800_000,
        state="booked",
        speaks="en",
    )

    board = done(hands, found)
    heading = hands.question.heading
    hands.choose("verb:move_booking").choose("2026-11-16").choose(hands.words[0])

    assert text("en", "board.unfit.number_or_code") in unfit
    assert (hands.commands[0].code, hands.commands[0].digits) == ("012345", "8000")
    assert board.about == "appointment:9"
    assert heading == "Accounts and cards · Tue 17 Nov 10:00"
    assert hands.commands[-1].appointment == 9


@pytest.mark.parametrize("typed", ["F002", "f002", " F2 ", "f02", "\uff26\uff12"])
def test_a_ticket_is_found_by_its_number_and_nobody_is_asked(typed):
    story = busy()
    hands = Hands(desk_of(story, "lobby_assistant", language="en")).touch("verb:find_booking")

    hands.choose(note=typed)

    assert hands.commands == []
    assert hands.board.about == f"ticket:{story.visit('F002').id}"
    assert "F002" in hands.question.heading


def test_whoever_is_off_the_line_or_at_a_counter_is_found_too():
    story = off_the_line()
    for number in ("A001", "A002", "A003", "A004", "A005"):
        hands = Hands(desk_of(story, language="en")).touch("verb:find_booking")

        hands.choose(note=number)

        assert hands.board.about == f"ticket:{story.visit(number).id}", number


@pytest.mark.parametrize(
    "typed", ["", "Z999", "F", "12 3", "F0002x", "f 2", "[bold]", "\N{CJK UNIFIED IDEOGRAPH-4E8C}"]
)
def test_a_number_that_nobody_here_has_is_said_so_also_where_nothing_can_be_booked(typed):
    story = busy()
    hands = Hands(desk_of(story, language="en", view=replace(story.board, booking=None)))
    assert "find_booking" in names(story, "branch")

    hands.touch("verb:find_booking").choose(note=typed)

    assert hands.commands == []
    assert text("en", "board.unfit.number_or_code") in hands.question.lines


def test_the_code_of_a_number_that_was_taken_before_coming_leads_to_its_ticket():
    story = somebody_on_the_way()
    on_the_way = story.visit("A005")
    desk = desk_of(story, view=replace(story.board, services=quiet().board.services))
    hands = Hands(desk).touch("verb:find_booking").choose(note="012345").choose(note="")
    found = p.AppointmentFound(
        id="x", seq=1, visit=on_the_way.id, service="A", slot=story.now, state="booked"
    )

    board = done(hands, found)
    hands.choose("verb:arrived")

    assert board.about == f"ticket:{on_the_way.id}"
    assert (type(hands.commands[-1]), hands.commands[-1].visit) == (p.CheckIn, on_the_way.id)


def test_an_amount_is_asked_for_where_the_service_wants_one():
    story = quiet()
    view = story.board
    services = tuple(replace(one, asks_amount=one.id == "F") for one in view.services)
    desk = desk_of(story, view=replace(view, services=services))
    hands = Hands(desk).touch("verb:book").choose("F").choose()
    hands.choose("2026-11-16").choose(hands.words[0]).choose(note="80000").choose().choose()

    then = then_of("book")(hands.effects[-1].given, BOOKED, "y" * 16, "2026-11-16")

    assert then.amount == "80000"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_appointment_that_was_picked_says_what_it_is(language):
    hands = Hands(desk_of(booked_hall(), language=language)).touch("appointment:3")

    state = text(language, "appointment_status.late")
    assert state in hands.question.lines[0]
