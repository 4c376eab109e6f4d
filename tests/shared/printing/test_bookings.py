"""The slip of an appointment, made of an answer and of what a program shows of its branch."""

from shared.free_times import free_at
from shared.printing.bookings import Booked, booked, booking_slip
from shared.printing.layouts import BookingSlip
from shared.protocol import Accepted, BookingTimes, ServiceShown, Words

BRANCH = Words(zh="网点", en="Branch")
ACCOUNTS = ServiceShown(
    id="F",
    name=Words(zh="开户", en="Accounts"),
    status="open",
    waiting=0,
    usual_minutes=12,
    bring=(Words(en="ID card"),),
)
CASH = ServiceShown(id="A", name=Words(en="Cash"), status="open", waiting=0, usual_minutes=6)
LINK = "https://lobby.example/a/abcdefghijklmnopqrstuv"
AT = 1_794_880_800_000
ANSWER = Accepted(id="x", seq=9, appointment=7, slot=AT, short_code="012345", link=LINK)


def test_the_slip_says_what_the_branch_shows_of_the_service_by_the_branchs_clock():
    one = booked("F", ANSWER, "Asia/Shanghai")

    slip = booking_slip(one, BRANCH, (CASH, ACCOUNTS), BookingTimes(hold=5, early=60, late=10))

    assert one == Booked("F", free_at(AT, "Asia/Shanghai"), "012345", LINK)
    assert slip == BookingSlip(
        branch=BRANCH,
        service=ACCOUNTS.name,
        time="2026-11-17 10:00",
        code="012345",
        late_minutes=10,
        link=LINK,
        bring=ACCOUNTS.bring,
    )


def test_the_time_and_the_code_are_on_it_where_nothing_is_known_of_the_service():
    answer = Accepted(id="x", seq=9, appointment=7, slot=AT, short_code="012345")

    slip = booking_slip(booked("gone", answer, "UTC"), BRANCH, (CASH,), None)

    assert (slip.service, slip.time, slip.code) == (Words(), "2026-11-17 02:00", "012345")
    assert (slip.link, slip.bring, slip.late_minutes) == ("", (), 0)
