"""Appointments at the counter: the day's list, booking, moving, cancelling; without a screen."""

from typing import Any

import pytest
from msgspec.structs import replace

from counter import bookings, words
from counter.flow import chosen, pressed
from counter.page import desk_shown
from counter.state import Book, Desk, Give, Look
from counter.words import Speaker
from shared import protocol as p
from shared.free_times import free_at
from shared.i18n import text
from tests.counter.one_counter import ZONE, view_of
from tests.server.domain.story import MONDAY, Story, _default_branch


def booked(story, time):
    """An appointment for a new account."""
    (held,) = story.given(
        p.HoldSlot, by="kiosk", station="kiosk-1", service="F", slot=story.moment(time)
    )
    story.given(p.BookAppointment, by="kiosk", station="kiosk-1", appointment=held.appointment)
    return held.appointment


@pytest.fixture
def story():
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(1, 2)
    return story


class Teller:
    """Presses and answers; keeps what came of it."""

    def __init__(self, story):
        self.story: Any = story
        self.desk: Any = Desk()
        self.effects: Any = ()

    @property
    def view(self):
        return view_of(self.story, 1)

    @property
    def say(self):
        return Speaker("en", self.view, ZONE)

    @property
    def question(self) -> Any:
        return self.desk.question

    def press(self, word):
        self.desk, self.effects = pressed(self.desk, word, self.view, self.say, self.story.now)
        return self

    def answer(self, *words, note=""):
        args = (words, note, self.view, self.say, self.story.now)
        self.desk, self.effects = chosen(self.desk, *args)
        return self

    def find(self, *times):
        slots = tuple(p.SlotShown(at=self.story.moment(time), room=1) for time in times)
        found = p.SlotsFound(id="x", seq=1, service="F", slots=slots)
        self.desk = bookings.looked_up(self.desk, found, self.say)
        return self

    def listed(self):
        def local(at):
            return free_at(at, ZONE).time

        shown = desk_shown(self.desk, self.view, self.say, self.story.now, local)
        return {one.name: one for one in shown.lists.lists}


@pytest.fixture
def teller(story):
    return Teller(story)


def test_the_days_list_is_there_as_soon_as_there_is_one(story, teller):
    before = set(teller.listed())
    booked(story, "10:00")
    came, _missing = booked(story, "10:15"), booked(story, "10:00")
    story.at("10:12")
    story.given(p.CheckIn, appointment=came)
    story.at("10:26")

    booked_list = teller.listed()["booked"]

    assert before == {"line", "missed", "parked"}
    assert booked_list.heading == text("en", "counter.list.booked", n=0)
    assert [(time, number, said) for time, _, number, said in booked_list.rows] == [
        ("10:00", "", "missing 26 min"),
        ("10:00", "", "missing 26 min"),
        ("10:15", "Y001", "there"),
    ]


def test_the_list_can_be_looked_at_like_any_other(story, teller):
    booked(story, "10:00")
    for _ in range(3):
        teller.press("list_shown:1")

    assert teller.desk.list_shown == "booked"
    assert teller.press("list_shown:1").desk.list_shown == "line"


def test_whoever_is_to_come_is_listed_in_words_too(story, teller):
    booked(story, "10:00")
    said = list(words.desk(teller.view, teller.say, story.now, lambda at: free_at(at, ZONE).time))

    assert "10:00 · Accounts and cards · to come" in said


def test_booking_for_a_customer_asks_for_no_name(teller):
    teller.press("booking").answer("new").answer("F").answer("low_counter", "en")
    (look,) = teller.effects
    teller.find("10:00", "10:15").answer(MONDAY)
    times = [option.label for option in teller.question.options]
    at = teller.story.moment("10:15")
    teller.answer(str(at)).answer(note="papers complete").answer()

    assert isinstance(look, Look)
    assert (look.fields["service"], look.fields["low_counter"], look.fields["speaks"]) == (
        "F",
        True,
        "en",
    )
    assert times == ["10:00", "10:15"]
    (book,) = teller.effects
    assert isinstance(book, Book)
    assert (book.hold["slot"], book.hold["needs"], book.note, book.mail) == (
        at,
        ("low_counter",),
        "papers complete",
        "",
    )


@pytest.mark.parametrize(("wished", "language"), [((), "en"), (("zh",), "zh")])
def test_a_booking_speaks_the_language_that_is_wished_or_spoken_here(teller, wished, language):
    teller.press("booking").answer("new").answer("F").answer(*wished)
    teller.find("10:00").answer(MONDAY).answer(str(teller.story.moment("10:00")))

    (book,) = teller.answer().answer().effects

    assert book.hold["language"] == language


def test_a_booking_speaks_the_language_of_the_customer_in_hand(story, teller):
    story.take("A", language="zh")
    story.serve(1)
    teller.press("booking").answer("new").answer("F").answer()
    teller.find("10:00").answer(MONDAY).answer(str(story.moment("10:00")))

    (book,) = teller.answer().answer().effects

    assert book.hold["language"] == "zh"


def test_a_mail_address_may_be_left_after_the_notice_and_has_to_be_one(teller):
    teller.press("booking").answer("new").answer("F").answer()
    teller.find("10:00").answer(MONDAY).answer(str(teller.story.moment("10:00")))
    teller.answer(note="papers complete")

    lines = teller.question.lines
    teller.answer(note="wang at example")
    unfit, told = teller.question, teller.desk.told
    teller.answer(note=" wang@example.com ")

    assert text("en", "screen.privacy") in lines
    assert (unfit.name, told) == ("book_mail", text("en", "refusal.MailNotValid"))
    (book,) = teller.effects
    assert (book.note, book.mail) == ("papers complete", "wang@example.com")
    assert "wang" not in repr(book)


def test_an_appointment_is_moved(story, teller):
    number = booked(story, "10:00")
    teller.press("booking").answer(f"appointment:{number}").answer("move")
    (look,) = teller.effects
    teller.find("10:15").answer(MONDAY).answer(str(story.moment("10:15")))

    assert look.fields["service"] == "F"
    fields = {"appointment": number, "slot": story.moment("10:15")}
    assert teller.effects == (Give(p.MoveAppointment, fields),)


def test_an_appointment_is_cancelled_after_one_more_question(story, teller):
    number = booked(story, "10:00")
    teller.press("booking").answer(f"appointment:{number}").answer("cancel")
    asked = teller.effects
    teller.answer("yes")

    assert asked == ()
    assert teller.effects == (Give(p.CancelAppointment, {"appointment": number}),)


def test_free_times_that_nobody_waits_for_any_more_are_let_go(teller):
    teller.press("booking").answer("new").answer("F").answer()

    teller.press("words").find("10:00")

    assert teller.desk.question is None


def test_where_no_time_is_free_it_says_so(teller):
    def looking():
        return teller.press("booking").answer("new").answer("F").answer()

    assert looking().find().desk.told == text("en", "counter.no_times")
    refused = p.Refused(id="x", code="NotBookable", text="No.")
    assert bookings.looked_up(looking().desk, refused, teller.say).told == "No."
    assert bookings.looked_up(looking().desk, None, teller.say).refused


def test_a_branch_without_appointments_says_so(story, teller):
    view = replace(teller.view, booking=None)

    desk, effects = pressed(Desk(), "booking", view, teller.say, story.now)

    assert (desk.told, effects) == (text("en", "counter.not.booking"), ())


def test_the_code_is_told_when_it_is_booked(story, teller):
    command = p.BookAppointment(id="x" * 16, day=MONDAY, appointment=1)
    reply = p.Accepted(id="x", seq=1, slot=story.moment("10:15"), short_code="012345")

    said = bookings.booked(command, reply, teller.say)

    assert said == text("en", "counter.booked", time="Mon 16 Nov 10:15", code="012345")


def test_what_was_said_with_the_appointment_is_seen_where_it_is_served(story, teller):
    number = booked(story, "10:00")
    story.at("10:00")
    story.given(p.CheckIn, appointment=number)
    story.serve(1)
    person = p.PersonShown(amount="80000", note="two owners")
    view = teller.view
    served = replace(view, current=replace(view.current, person=person))

    lines = words.ticket(served, teller.say, story.now, lambda at: free_at(at, ZONE).time).lines

    assert text("en", "counter.booked_at", time="10:00") in lines
    assert text("en", "counter.amount", amount="80000") in lines
    assert text("en", "counter.booked_note", note="two owners") in lines
