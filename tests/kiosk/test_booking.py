"""Appointments at the kiosk, touch by touch and answer by answer: without a screen."""

import pytest
from msgspec.structs import replace

from kiosk import booking, flow
from kiosk.booking import kept_too_long
from kiosk.flow import left
from kiosk.page import Equipment
from kiosk.pages import page_of, sentences
from kiosk.paging import Room, paged
from kiosk.state import Ask, Order, Print, PrintBooking, fresh
from shared.free_times import free_at
from shared.i18n import text
from shared.protocol import (
    Accepted,
    AppointmentFound,
    BookAppointment,
    CancelAppointment,
    CheckIn,
    FindAppointment,
    FindSlots,
    HoldSlot,
    MoveAppointment,
    Refused,
    ReleaseSlot,
    SlotsFound,
    SlotShown,
)
from tests.server.domain.story import MONDAY, Story, _default_branch

ZONE = "Asia/Shanghai"
MINUTE = 60_000
LINK = "https://lobby.example.com/a/abcdefghijklmnopqrstuv"
SECRET = "abcdefghijklmnopqrstuv"
CODE = [f"key:{digit}" for digit in "012345"]
END = [f"key:{digit}" for digit in "8000"]


@pytest.fixture
def story():
    return Story(_default_branch(), f"{MONDAY} 09:00")


@pytest.fixture
def view(story):
    return story.kiosk


def touched(kiosk, touch, view):
    return flow.touched(kiosk, touch, view)


def found(kiosk, reply, zone):
    return booking.found(kiosk, reply, zone)


def ordered(kiosk, order, reply, now, view):
    return flow.ordered(kiosk, order, reply, now, view)


def after(view, *touches, kiosk=None):
    """The state and the last effects after these touches."""
    kiosk, effects = kiosk or fresh("en"), ()
    for touch in touches:
        kiosk, effects = touched(kiosk, touch, view)
    return kiosk, effects


def page(kiosk, view, now=0):
    return page_of(kiosk, view, lambda at: free_at(at, ZONE).time, Equipment(printer=True), now)


def refused(code, text="Not so.", **values):
    return Refused(id="x", code=code, text=text, values=values)


def meant(story, **fields):
    """What the server knows of an appointment today at ten."""
    given = {"appointment": 1, "service": "F", "slot": story.moment("10:00"), "state": "booked"}
    return AppointmentFound(id="x", seq=1, **{**given, **fields})


def free(story, *times):
    moments = [story.moment(time) for time in times]
    slots = tuple(SlotShown(at=at, room=1) for at in moments)
    return SlotsFound(id="x", seq=1, service="F", slots=slots)


def asked(view, *touches):
    """Whose appointment it is has been asked for, with the code and the digits of the phone."""
    kiosk, _ = asked_with_the_code(view, *touches)
    kiosk, _ = found(kiosk, refused("CodeNotKnown"), ZONE)
    return after(view, *END, kiosk=kiosk)


def asked_with_the_code(view, *touches):
    """The six digits have been typed, and that is all so far."""
    return after(view, "appointments", *touches, *CODE)


# --- Whose appointment it is ---------------------------------------------------------------------


def test_appointments_are_offered_only_where_something_can_be_booked(view):
    with_them = page(fresh("en"), view)
    without = page(fresh("en"), replace(view, booking=None))

    assert "appointments" in [tile.touch for tile in with_them.tiles]
    assert "appointments" not in [tile.touch for tile in without.tiles]
    assert not without.scans


def test_they_are_offered_while_no_numbers_are_given_too(story):
    story.at("18:30")

    closed = page(fresh("en"), story.kiosk)

    assert (closed.name, [tile.touch for tile in closed.tiles]) == ("closed", ["appointments"])


def test_a_code_and_the_last_digits_of_the_phone_ask_whose_it_is(view):
    kiosk, effects = asked(view, "check_in")

    (ask,) = effects
    assert (kiosk.step, ask.kind) == ("working", FindAppointment)
    assert ask.fields == {"code": "012345", "digits": "8000"}


def test_the_code_alone_is_enough_where_no_number_was_left(story):
    kiosk, (ask,) = asked_with_the_code(story.kiosk, "check_in")
    _, (order,) = found(kiosk, meant(story), ZONE)

    assert (ask.kind, ask.fields) == (FindAppointment, {"code": "012345", "digits": ""})
    assert (order.kind, order.fields["code"], order.fields["digits"]) == (CheckIn, "012345", "")


def test_so_it_is_for_a_ticket_that_was_taken_before_coming(story):
    kiosk, _ = asked_with_the_code(story.kiosk, "check_in")
    on_the_way = meant(story, appointment=None, visit=1, slot=story.moment("09:00"))
    kiosk, (order,) = found(kiosk, on_the_way, ZONE)
    reply = Accepted(id="x", seq=2, visit=1, number="F001", people_ahead=0)

    ticket, _ = ordered(kiosk, order, reply, story.moment("09:00"), story.kiosk)

    assert (ticket.step, ticket.ticket.number, ticket.ticket.came) == ("ticket", "F001", None)


def test_where_it_is_not_enough_the_digits_are_asked_for_and_nothing_is_said_of_the_code(view):
    kiosk, _ = asked_with_the_code(view, "check_in")

    digits, effects = found(kiosk, refused("CodeNotKnown", "No such."), ZONE)

    assert (digits.step, effects) == ("digits", ())
    assert page(digits, view).heading == text("en", "kiosk.type.digits")


def test_whoever_left_no_number_types_the_code_again(view):
    kiosk, _ = asked_with_the_code(view, "change")
    kiosk, _ = found(kiosk, refused("CodeNotKnown", "No such."), ZONE)

    again, effects = touched(kiosk, "none", view)

    assert (again.step, again.errand.kind, again.errand.code) == ("code", "change", "")
    assert page(again, view).heading == text("en", "refusal.CodeNotKnown")
    assert effects == ()


def test_numbers_from_the_phone_are_named_only_where_they_can_be_taken(view):
    both = replace(view, remote=True)
    remote = replace(both, booking=None)
    code = [page(asked_half(one), one) for one in (view, both)]

    labels = [
        [tile.label for tile in page(fresh("en"), one).tiles][2] for one in (view, both, remote)
    ]
    plain, with_remote, alone = (
        page(replace(fresh("en"), step="appointments"), one) for one in (view, both, remote)
    )

    said = ("appointments", "appointments_remote", "check_in_remote")
    assert labels == [text("en", f"kiosk.{key}") for key in said]
    assert plain.tiles[0].label == text("en", "kiosk.check_in")
    assert with_remote.tiles[0].lines == (text("en", "kiosk.check_in_both_more"),)
    assert [tile.touch for tile in alone.tiles] == ["check_in"]
    assert [one.heading for one in code] == [
        text("en", "kiosk.type.code"),
        text("en", "kiosk.type.code_remote"),
    ]


def asked_half(view):
    """Half of the code is typed."""
    return after(view, "appointments", "check_in", *CODE[:3])[0]


def test_without_appointments_the_welcome_page_leads_to_the_code_at_once(view):
    remote = replace(view, booking=None, remote=True)

    kiosk, _ = touched(fresh("en"), "check_in", remote)

    assert page(fresh("en"), remote).scans
    assert kiosk.step == "code"


def test_a_code_that_is_too_short_is_said_to_be(view):
    kiosk, effects = after(view, "appointments", "check_in", "key:1", "ok")

    assert effects == ()
    assert page(kiosk, view).heading == text("en", "kiosk.short.code")


def test_a_wrong_digit_is_taken_back(view):
    kiosk, _ = after(view, "appointments", "check_in", "key:1", "key:2", "key:erase", "key:x")

    assert page(kiosk, view).entry == "1 - - - - -"


@pytest.mark.parametrize("touches", [(), ("appointments",), ("appointments", "check_in")])
def test_a_scanned_code_checks_in_from_wherever_it_is_looked_for(view, touches):
    kiosk, (ask,) = after(view, *touches, f"scan:{LINK}")

    assert (kiosk.step, ask.kind, ask.fields) == ("working", FindAppointment, {"link": SECRET})


def test_a_code_that_is_not_known_may_be_typed_again(view):
    kiosk, _ = asked(view, "check_in")

    again, _ = found(kiosk, refused("CodeNotKnown", "No such."), ZONE)

    assert (again.step, again.errand.code, again.errand.kind) == ("code", "", "check_in")
    assert page(again, view).heading == "No such."


def test_after_too_many_tries_a_person_is_asked(view):
    kiosk, _ = asked(view, "check_in")

    told, _ = found(kiosk, refused("RateLimited", "Later."), ZONE)
    unknown, _ = found(kiosk, None, ZONE)

    assert (told.step, dict(told.told_values)) == ("told", {"text": "Later."})
    assert unknown.told == "screen.offline"


# --- Checking in ---------------------------------------------------------------------------------


def checked_in(story, at, late_minutes=None):
    """The page of the ticket of somebody booked for ten who comes then."""
    kiosk, _ = asked(story.kiosk, "check_in")
    kiosk, (order,) = found(kiosk, meant(story), ZONE)
    reply = Accepted(
        id="x",
        seq=2,
        visit=1,
        number="Y001",
        appointment=1,
        slot=story.moment("10:00"),
        late_minutes=late_minutes,
    )
    kiosk, effects = ordered(kiosk, order, reply, story.moment(at), story.kiosk)
    assert order.kind is CheckIn
    assert order.fields == {"code": "012345", "digits": "8000", "walk_in": False}
    assert effects == (Print(kiosk.ticket, kiosk.choices),)
    return page(kiosk, story.kiosk)


@pytest.mark.parametrize(
    ("at", "late", "said", "values"),
    [
        ("09:30", None, "kiosk.came.early", {"minutes": 30, "time": "10:00"}),
        ("10:00", None, "kiosk.came.on_time", {"time": "10:00"}),
        ("10:08", None, "kiosk.came.grace", {"minutes": 8, "time": "10:00"}),
        ("10:12", 12, "screen.late_for_appointment", {"minutes": 12}),
    ],
)
def test_whoever_checks_in_is_told_what_being_early_or_late_means(story, at, late, said, values):
    ticket = checked_in(story, at, late)

    assert ticket.big == "Y001"
    assert text("en", said, **values) in ticket.lines
    assert (ticket.also_short == text("en", "kiosk.came_short.late")) is (late is not None)


def test_what_was_typed_is_forgotten_as_soon_as_there_is_a_ticket(story):
    kiosk, _ = asked(story.kiosk, "check_in")
    kiosk, (order,) = found(kiosk, meant(story), ZONE)

    ticket, _ = ordered(
        kiosk, order, Accepted(id="x", seq=2, visit=1, number="Y001"), 0, story.kiosk
    )

    assert ticket.errand.code == ticket.errand.digits == ""


def test_whoever_is_too_early_may_come_back_or_wait_like_everybody(story):
    kiosk, _ = asked(story.kiosk, "check_in")
    kiosk, (order,) = found(kiosk, meant(story), ZONE)

    early, _ = ordered(kiosk, order, refused("TooEarlyToCheckIn", "From nine."), 0, story.kiosk)
    _, (waits,) = touched(early, "walk_in", story.kiosk)
    back, _ = touched(early, "back", story.kiosk)

    assert page(early, story.kiosk).heading == "From nine."
    assert (waits.kind, waits.fields["walk_in"], waits.fields["code"]) == (CheckIn, True, "012345")
    assert (back.step, back.errand.code) == ("appointments", "")


@pytest.mark.parametrize("code", ["OnAnotherDay", "CheckedInBefore", "DayNotOpen"])
def test_who_cannot_check_in_is_told_why(story, code):
    kiosk, _ = asked(story.kiosk, "check_in")
    kiosk, (order,) = found(kiosk, meant(story), ZONE)

    told, _ = ordered(kiosk, order, refused(code, "Because."), 0, story.kiosk)
    unknown, _ = ordered(kiosk, order, None, 0, story.kiosk)

    assert (told.step, dict(told.told_values)) == ("told", {"text": "Because."})
    assert told.errand.code == ""
    assert unknown.told == "link.unknown_outcome"


# --- Booking -------------------------------------------------------------------------------------


def chosen(story, *wishes):
    """Somebody who books an account has found three times, of two days."""
    wished = ("wishes", *wishes, "back") if wishes else ()
    kiosk, (ask,) = after(story.kiosk, "appointments", "book", *wished, "service:F")
    tomorrow = "2026-11-17"
    kiosk, _ = found(kiosk, free(story, "10:00", "10:15", f"{tomorrow} 09:30"), ZONE)
    return kiosk, ask


def kept(story):
    """The time of ten is kept for that customer."""
    kiosk, _ = chosen(story)
    kiosk, (order,) = after(
        story.kiosk, f"day:{MONDAY}", f"time:{story.moment('10:00')}", kiosk=kiosk
    )
    reply = Accepted(id="x", seq=2, appointment=7, slot=story.moment("10:00"))
    kiosk, _ = ordered(kiosk, order, reply, story.moment("09:00"), story.kiosk)
    return kiosk, order


def test_only_what_can_be_booked_is_offered(story):
    kiosk, _ = after(story.kiosk, "appointments", "book")

    offered = [tile.touch for tile in page(kiosk, story.kiosk).tiles]
    same, _ = touched(kiosk, "service:A", story.kiosk)

    assert offered == ["service:F", "service:L", "service:W", "service:Q"]
    assert same == kiosk


def test_a_low_counter_and_a_language_are_wishes(story):
    _, ask = chosen(story, "wish:low_counter", "wish:zh", "wish:en")
    _, plain = chosen(story, "wish:low_counter", "wish:en", "wish:low_counter", "wish:en", "wish:x")

    assert (ask.kind, ask.fields["low_counter"], ask.fields["speaks"]) == (FindSlots, True, "en")
    assert (plain.fields["low_counter"], plain.fields["speaks"]) == (False, None)


def test_days_come_first_and_then_the_times_of_one(story):
    kiosk, _ = chosen(story)
    days = page(kiosk, story.kiosk)
    times = page(after(story.kiosk, "day:2026-11-17", kiosk=kiosk)[0], story.kiosk)

    assert [tile.label for tile in days.tiles] == ["Mon 16 Nov", "Tue 17 Nov"]
    assert [tile.label for tile in times.tiles] == ["09:30"]
    assert after(story.kiosk, "day:2026-11-18", kiosk=kiosk)[0] == kiosk


def test_later_days_are_looked_for_after_the_last(story):
    kiosk, _ = chosen(story)

    asking, (ask,) = touched(kiosk, "later", story.kiosk)
    told, _ = found(asking, free(story), ZONE)

    assert ask.fields["first_day"] == "2026-11-17"
    assert (told.told, told.back_to) == ("kiosk.no_later_times", "days")


def test_where_nothing_is_free_it_says_so(story):
    kiosk, _ = after(story.kiosk, "appointments", "book", "service:F")

    told, _ = found(kiosk, free(story), ZONE)

    assert (told.told, told.back_to) == ("kiosk.no_times", "book_service")


def test_a_chosen_time_is_kept_and_counts_down(story):
    kiosk, order = kept(story)

    shown = page(kiosk, story.kiosk, story.moment("09:01"))

    assert (order.kind, order.fields["slot"]) == (HoldSlot, story.moment("10:00"))
    assert (order.fields["service"], order.fields["language"]) == ("F", "en")
    assert text("en", "kiosk.kept_for", time="7:00") in shown.tiles[0].lines
    assert shown.lines[0] == "Mon 16 Nov 10:00"


def test_a_time_kept_too_long_is_gone(story):
    kiosk, _ = kept(story)

    still = kept_too_long(kiosk, story.moment("09:07"))
    gone = kept_too_long(kiosk, story.moment("09:08"))

    assert still == kiosk
    assert (gone.told, gone.errand.held) == ("refusal.HoldOver", 0)
    assert kept_too_long(fresh("en"), story.moment("09:08")) == fresh("en")


def test_whoever_goes_back_or_away_gives_the_time_back(story):
    kiosk, _ = kept(story)

    back, given_back = touched(kiosk, "back", story.kiosk)
    gone, let_go = left(kiosk)

    assert given_back == let_go == (Order(ReleaseSlot, {"appointment": 7}),)
    assert (back.step, back.errand.held, gone) == ("times", 0, fresh("en"))


def test_the_notice_comes_before_any_name_or_number(story):
    kiosk, _ = kept(story)

    notice, _ = touched(kiosk, "contact", story.kiosk)
    typing, _ = touched(notice, "phone", story.kiosk)

    assert page(notice, story.kiosk).heading == text("en", "screen.privacy")
    assert "phone" not in [tile.touch for tile in page(kiosk, story.kiosk).tiles]
    assert page(typing, story.kiosk).pad == "digits"


def test_a_name_and_a_number_are_booked_with(story):
    kiosk, _ = kept(story)
    number = [f"key:{digit}" for digit in "13800138000"]
    name = [f"key:{letter}" for letter in " LI NA"]

    kiosk, (order,) = after(
        story.kiosk,
        *("contact", "phone", *number, "ok", "name", *name, "ok", "back", "yes"),
        kiosk=kiosk,
    )

    assert order.kind is BookAppointment
    assert order.fields == {
        "appointment": 7,
        "name": "LI NA",
        "phone": "13800138000",
        "mail": "",
        "amount": "",
    }


def test_a_mail_address_is_typed_with_its_signs_and_booked_with(story):
    kiosk, _ = kept(story)
    address = [f"key:{key}" for key in "li.na_1@example.com"]

    typing, _ = after(story.kiosk, "contact", "mail", *address, kiosk=kiosk)
    shown = page(typing, story.kiosk)
    kiosk, (order,) = after(story.kiosk, "key:x", "key:erase", "ok", "back", "yes", kiosk=typing)

    assert {f"key:{key}" for key in "li.na_1@example.com"} <= {tile.touch for tile in shown.tiles}
    assert "key:erase" in [tile.touch for tile in shown.keys]
    assert order.fields["mail"] == "li.na_1@example.com"


def test_in_large_text_the_keys_of_an_address_are_drawn_side_by_side(story):
    kiosk, _ = kept(story)
    typing, _ = after(story.kiosk, "contact", "mail", kiosk=kiosk)

    shown = paged(page(typing, story.kiosk), Room(cells=80, rows=12), turned=0, large=True)

    assert shown.drawn
    assert shown.columns > 1


@pytest.mark.parametrize("typed", ["li", "li@", "@example.com", "li@example", "li@@example.com"])
def test_what_is_no_mail_address_stays_to_be_mended_and_can_be_taken_back(story, typed):
    kiosk, _ = kept(story)
    keys = [f"key:{key}" for key in typed]

    wrong, effects = after(story.kiosk, "contact", "mail", *keys, "ok", kiosk=kiosk)
    none, _ = after(story.kiosk, *["key:erase"] * len(typed), "ok", kiosk=wrong)

    assert effects == ()
    assert (wrong.step, wrong.errand.typed, wrong.errand.mail) == ("mail", typed, "")
    assert page(wrong, story.kiosk).heading == text("en", "refusal.MailNotValid")
    assert (none.step, none.errand.mail) == ("privacy", "")


def test_a_mail_address_that_the_server_does_not_take_may_be_typed_again(story):
    kiosk, _ = kept(story)
    address = [f"key:{key}" for key in "li@example.com"]
    kiosk, (order,) = after(
        story.kiosk, "contact", "mail", *address, "ok", "back", "yes", kiosk=kiosk
    )

    again, _ = ordered(kiosk, order, refused("MailNotValid", "No address."), 0, story.kiosk)

    assert (again.step, again.errand.typed) == ("mail", "li@example.com")
    assert page(again, story.kiosk).heading == "No address."


def test_nobody_need_leave_either(story):
    kiosk, _ = kept(story)

    _, (order,) = touched(kiosk, "yes", story.kiosk)

    assert order.fields == {"appointment": 7, "name": "", "phone": "", "mail": "", "amount": ""}


def test_an_amount_is_asked_for_where_the_service_wants_one(story):
    services = tuple(replace(one, asks_amount=one.id == "F") for one in story.kiosk.services)
    view = replace(story.kiosk, services=services)
    kiosk, _ = kept(story)

    digits = [f"key:{digit}" for digit in "080000"]
    said, _ = after(view, "amount", *digits, "ok", kiosk=kiosk)
    _, (order,) = touched(said, "yes", view)

    assert "amount" not in [tile.touch for tile in page(kiosk, story.kiosk).tiles]
    assert order.fields["amount"] == "80000"
    assert not any("80000" in line for line in sentences(page(said, view)))


def test_a_booking_is_shown_and_printed_and_nothing_typed_is_left(story):
    kiosk, _ = kept(story)
    kiosk, (order,) = touched(kiosk, "yes", story.kiosk)
    reply = Accepted(id="x", seq=3, appointment=7, short_code="012345", link=LINK)

    kiosk, (paper,) = ordered(kiosk, order, reply, 0, story.kiosk)
    shown = page(kiosk, story.kiosk)
    _, again = touched(kiosk, "print", story.kiosk)
    done, _ = touched(kiosk, "done", story.kiosk)

    assert (shown.big, shown.address, shown.also) == ("012345", LINK, "Mon 16 Nov 10:00")
    assert text("en", "paper.booked_late", minutes=10) in shown.lines
    assert again == (paper,) == (PrintBooking(kiosk.errand.booked, kiosk.choices),)
    assert (kiosk.errand.held, kiosk.errand.phone, done) == (0, "", fresh("en"))


def test_a_number_that_is_none_may_be_typed_again(story):
    kiosk, _ = kept(story)
    kiosk, (order,) = after(
        story.kiosk, "contact", "phone", "key:1", "ok", "back", "yes", kiosk=kiosk
    )

    again, _ = ordered(kiosk, order, refused("PhoneNotValid", "Not a number."), 0, story.kiosk)

    assert (again.step, again.errand.typed) == ("phone", "1")
    assert page(again, story.kiosk).heading == "Not a number."


def test_who_may_not_book_keeps_the_time_and_is_told_why(story):
    kiosk, _ = kept(story)
    kiosk, (order,) = touched(kiosk, "yes", story.kiosk)

    told, _ = ordered(kiosk, order, refused("BookedAlready"), 0, story.kiosk)
    over, _ = ordered(kiosk, order, refused("HoldOver"), 0, story.kiosk)

    assert (told.back_to, told.errand.held) == ("kept", 7)
    assert (over.back_to, over.errand.held) == ("book_service", 0)


def test_where_others_were_faster_the_nearest_free_times_are_offered(story):
    kiosk, _ = chosen(story)
    ten, near = story.moment("10:00"), story.moment("10:15")
    kiosk, (order,) = after(story.kiosk, f"day:{MONDAY}", f"time:{ten}", kiosk=kiosk)

    taken, _ = ordered(kiosk, order, refused("SlotTaken", nearest_at=(near,)), 0, story.kiosk)
    _, (next_one,) = touched(taken, f"time:{near}", story.kiosk)
    same, _ = touched(taken, f"time:{ten}", story.kiosk)
    far, _ = ordered(kiosk, order, refused("SlotTaken", nearest_at=(1,)), 0, story.kiosk)

    assert [tile.label for tile in page(taken, story.kiosk).tiles] == ["Mon 16 Nov 10:15"]
    assert next_one.fields["slot"] == near
    assert same == taken
    assert far.back_to == "days"


def test_what_is_by_appointment_only_is_booked_and_not_queued_for(story):
    services = tuple(replace(one, only_booked=one.id == "F") for one in story.kiosk.services)
    view = replace(story.kiosk, services=services)
    kiosk, _ = after(view, "start")

    _, (ask,) = touched(kiosk, "service:F", view)

    tile = next(one for one in page(kiosk, view).tiles if one.touch == "service:F")
    assert tile.lines[0] == text("en", "kiosk.only_booked")
    assert isinstance(ask, Ask)
    assert ask.fields["service"] == "F"


# --- Moving and cancelling -----------------------------------------------------------------------


def mine(story, **fields):
    """The page of somebody who wants to change an appointment."""
    kiosk, _ = asked(story.kiosk, "change")
    kiosk, _ = found(kiosk, meant(story, **fields), ZONE)
    return kiosk


def test_an_appointment_is_moved_to_another_free_time_with_its_wishes(story):
    kiosk = mine(story, needs=("low_counter",), speaks="en")
    kiosk, (ask,) = touched(kiosk, "move", story.kiosk)
    kiosk, _ = found(kiosk, free(story, "10:15"), ZONE)
    near = story.moment("10:15")

    kiosk, (order,) = after(story.kiosk, f"day:{MONDAY}", f"time:{near}", kiosk=kiosk)
    reply = Accepted(id="x", seq=3, appointment=1, slot=near, short_code="012345", link=LINK)
    moved, (paper,) = ordered(kiosk, order, reply, 0, story.kiosk)

    assert (ask.fields["low_counter"], ask.fields["speaks"]) == (True, "en")
    assert order.kind is MoveAppointment
    assert order.fields == {"code": "012345", "digits": "8000", "slot": near}
    assert (paper.booked.moved, paper.booked.when.time) == (True, "10:15")
    assert page(moved, story.kiosk).heading == text("en", "kiosk.moved")


def test_an_appointment_is_cancelled_after_one_more_question(story):
    kiosk = mine(story)
    sure, nothing = touched(kiosk, "cancel", story.kiosk)
    kiosk, (order,) = touched(sure, "yes", story.kiosk)

    told, _ = ordered(kiosk, order, Accepted(id="x", seq=3, appointment=1), 0, story.kiosk)

    assert nothing == ()
    assert (order.kind, order.fields["code"]) == (CancelAppointment, "012345")
    assert (told.told, told.errand.code) == ("kiosk.cancelled", "")


@pytest.mark.parametrize("state", ["arrived", "walked_in", "missed", "cancelled", "held"])
def test_what_is_not_to_come_any_more_is_not_changed(story, state):
    told = mine(story, state=state)

    assert (told.step, told.told) == ("told", f"kiosk.over.{state}")
    assert page(told, story.kiosk).heading == text("en", f"kiosk.over.{state}")


@pytest.mark.parametrize(
    ("touches", "steps"),
    [
        (("change", *CODE), ["code", "appointments", "welcome"]),
        (("book", "wishes"), ["book_service", "appointments", "welcome"]),
    ],
)
def test_back_leads_back_page_by_page(view, touches, steps):
    kiosk, _ = after(view, "appointments", *touches)
    if kiosk.step == "working":
        kiosk, _ = found(kiosk, refused("CodeNotKnown"), ZONE)

    for step in steps:
        kiosk, _ = touched(kiosk, "back", view)
        assert kiosk.step == step


def test_back_leads_from_the_times_to_where_they_were_asked_for(story):
    booked, _ = touched(chosen(story)[0], "back", story.kiosk)
    asking, _ = touched(mine(story), "move", story.kiosk)
    times, _ = found(asking, free(story, "10:15"), ZONE)
    moved, _ = touched(times, "back", story.kiosk)
    same, _ = touched(asking, "back", story.kiosk)

    assert (booked.step, moved.step, same) == ("book_service", "yours", asking)


def test_a_booking_from_before_the_power_went_is_shown_once(story):
    reply = Accepted(
        id="x", seq=3, appointment=7, slot=story.moment("10:00"), short_code="012345", link=LINK
    )

    kiosk, effects = booking.recovered(fresh("en"), reply, ZONE)
    nothing, none = booking.recovered(fresh("en"), replace(reply, slot=None), ZONE)

    assert (page(kiosk, story.kiosk).big, len(effects)) == ("012345", 1)
    assert (nothing, none) == (fresh("en"), ())
