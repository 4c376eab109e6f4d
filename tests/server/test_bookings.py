"""Appointments over real sockets: who may do what with a link or a code, what is kept of people,
and the file for a calendar."""

from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from server.config import RateLimits
from server.domain.configuration import Appointments, Bookable, DayException
from server.journal.memory import MemoryJournal
from server.vault.rows import CONTACT_KEPT_MS, of_person
from shared.protocol import (
    Accepted,
    AppointmentFound,
    AppointmentView,
    BoardView,
    BookAppointment,
    CallNext,
    CancelAppointment,
    CheckIn,
    CounterView,
    FindAppointment,
    FindSlots,
    HoldSlot,
    MoveAppointment,
    OpenCounter,
    Refused,
    Welcome,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, rows, vault_of
from tests.server.one_server import UNLIMITED, serving

TOMORROW = "2026-11-17"
NAME, PHONE, AMOUNT, NOTE = "王小明", "13800138000", "73951", "带了护照"
MINUTE = 60


def config():
    """The second service is booked, in every slot at each of the two counters."""
    branch = branch_config()
    first, second = branch.services
    booked = replace(second, booking=Bookable(share=1.0, length_minutes=15, lead_minutes=0))
    rules = Appointments(buffer_every=0, overbooking=False)
    return replace(branch, services=(first, booked), appointments=rules)


@asynccontextmanager
async def house(journal=None, clock=None, limits=UNLIMITED, **options):
    async with serving(
        branches=[config()],
        journal=journal or MemoryJournal(),
        clock=clock or ManualClock(),
        public_url="https://queue.example.com",
        rate_limits=limits,
        **options,
    ) as server:
        yield server


async def slots(terminal, **fields):
    query = FindSlots(id=new_id(), service="B", **{"days": 1, **fields})
    found = await terminal.order(query)
    return [slot.at for slot in found.slots]


async def held(terminal, at):
    return await terminal.order(HoldSlot(id=new_id(), day=DAY, service="B", slot=at))


async def booked(terminal, at=None, **said):
    """What the server says to somebody who books, at the next time unless it is told."""
    at = at or (await slots(terminal))[0]
    kept = await held(terminal, at)
    assert isinstance(kept, Accepted)
    assert kept.appointment is not None
    command = BookAppointment(id=new_id(), day=DAY, appointment=kept.appointment, **said)
    answer = await terminal.order(command)
    assert isinstance(answer, Accepted), answer
    return answer


def check_in(**proof):
    return CheckIn(id=new_id(), day=DAY, **proof)


async def kept_of(journal, appointment, server):
    """Everything the vault has of an appointment's person."""
    one = server.running.runners["main"].appointment(appointment)
    rows_ = await vault_of(journal).show("main", [of_person(one.person)])
    return {row.field: (row.value, row.purge_at) for row in rows_}


# --- From the first look to the ticket -----------------------------------------------------------


async def test_a_booked_customer_gets_a_code_and_a_link_and_with_it_a_ticket():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")

        answer = await booked(kiosk)
        came = await kiosk.order(check_in(link=answer.link))

    assert answer.link == f"https://queue.example.com/a/{server.appointment(1)}"
    assert len(answer.short_code) == 6
    assert (came.number, came.appointment, came.late_minutes) == ("Y001", 1, None)
    assert came.link.startswith("https://queue.example.com/t/")


async def test_a_code_needs_the_last_digits_of_the_number_that_was_left():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        code = (await booked(kiosk, phone="138 0013 8000")).short_code

        for digits in ("", "8001"):
            refused = await kiosk.order(check_in(code=code, digits=digits))
            assert refused.code == "CodeNotKnown"
        came = await kiosk.order(check_in(code=code, digits="8000"))

    assert came.number == "Y001"


async def test_a_code_without_a_number_left_needs_none():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        code = (await booked(kiosk)).short_code

        assert (await kiosk.order(check_in(code=code, digits="8000"))).code == "CodeNotKnown"
        assert (await kiosk.order(check_in(code=code))).number == "Y001"


async def test_codes_are_not_to_be_guessed_at():
    async with house(limits=RateLimits(wrong_short_codes_per_address=2)) as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk)
        for _ in range(2):
            assert (
                await kiosk.order(check_in(code="000000", digits="1" * 4))
            ).code == "CodeNotKnown"

        refused = await kiosk.order(check_in(code=answer.short_code))
        came = await kiosk.order(check_in(link=answer.link))

    assert refused.code == "RateLimited"
    assert came.number == "Y001"  # who holds the link is not affected


async def test_asking_with_the_code_alone_first_costs_its_owner_nothing():
    options = {"limits": RateLimits(wrong_short_codes_per_address=2), "clock": ManualClock()}
    async with house(**options) as server:
        kiosk = await server.terminal("kiosk-1")
        code = (await booked(kiosk, phone="138 0013 8000")).short_code

        async def ask(code, digits=""):
            find = FindAppointment(id=new_id(), code=code, digits=digits)
            return getattr(await kiosk.order(find), "code", "found")

        customers = [[await ask(code), await ask(code, "8000")] for _ in range(5)]
        # Nor does it give whoever has one right code more guesses at others.
        guesses = [await ask("000000"), await ask(code, "8000"), await ask("000001")]
        last = await ask("000002")

    assert customers == [["CodeNotKnown", "found"]] * 5
    assert guesses == ["CodeNotKnown", "found", "CodeNotKnown"]
    assert last == "RateLimited"


async def test_nobody_at_a_kiosk_acts_for_an_appointment_without_its_code():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk)

        for command in (CheckIn, CancelAppointment):
            refused = await kiosk.order(command(id=new_id(), day=DAY, appointment=1))
            assert refused.code == "NotYourAppointment"
        lanes = await kiosk.order(check_in(code="123456", lanes=("vip",)))

    assert lanes.code == "LanesByStaffOnly"


async def test_whoever_brings_the_link_or_the_code_is_told_which_appointment_it_is():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk, phone=PHONE)

        by_link = await kiosk.order(FindAppointment(id=new_id(), link=answer.link))
        by_code = await kiosk.order(
            FindAppointment(id=new_id(), code=answer.short_code, digits=PHONE[-4:])
        )
        wrong = await kiosk.order(FindAppointment(id=new_id(), code=answer.short_code))
        nothing = await kiosk.order(FindAppointment(id=new_id()))

    assert isinstance(by_link, AppointmentFound)
    assert (by_link.appointment, by_link.service, by_link.state) == (1, "B", "booked")
    assert by_link.slot == by_code.slot == answer.slot
    assert wrong.code == nothing.code == "CodeNotKnown"


async def test_the_answer_to_coming_says_what_time_was_booked():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk)

        came = await kiosk.order(check_in(link=answer.link))

    assert came.slot == answer.slot is not None


async def test_staff_check_somebody_in_by_the_days_list():
    async with house() as server:
        board = await server.terminal("board-assistant")
        await booked(board, name=NAME)
        shown = (await board.view(BoardView, 4)).appointments

        came = await board.order(check_in(appointment=shown[0].id))

    assert (shown[0].status, shown[0].person.name) == ("due", "王*明")
    assert came.number == "Y001"


async def test_who_comes_too_late_is_told_by_how_much():
    clock = ManualClock()
    async with house(clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        code = (await booked(kiosk)).short_code
        clock.advance(seconds=12 * MINUTE)

        came = await kiosk.order(check_in(code=code))

    assert (came.number, came.late_minutes) == ("B001", 12)


# --- By the link ---------------------------------------------------------------------------------


async def holder(server, appointment=1):
    terminal, welcome = await server.knock(appointment_link=server.appointment(appointment))
    assert isinstance(welcome, Welcome)
    assert (welcome.role, welcome.views) == ("booked_customer", (f"AppointmentView:{appointment}",))
    return terminal


async def test_the_link_shows_moves_and_cancels_that_one_appointment():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, name=NAME, phone=PHONE)
        await booked(kiosk)
        phone = await holder(server)
        before = await phone.view(AppointmentView)
        later = (await slots(phone, first_day=TOMORROW))[3]

        moved = await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=later))
        other = MoveAppointment(id=new_id(), day=DAY, appointment=2, slot=later)
        forbidden = await phone.order(other)
        shown = await phone.view(AppointmentView, moved.seq)
        cancelled = await phone.order(CancelAppointment(id=new_id(), day=DAY))
        gone = await phone.view(AppointmentView, cancelled.seq)
        again = await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=before.slot))

    assert (shown.slot, shown.sequence, moved.slot) == (later, 1, later)
    assert forbidden.code == "NotYourAppointment"
    assert gone.state == "cancelled"
    assert again.code == "AppointmentOver"


async def test_a_link_opens_no_ticket_and_a_tickets_link_no_appointment():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        came = await kiosk.order(check_in(link=(await booked(kiosk)).link))
        assert came.visit == 1

        for hello in (
            {"ticket": server.appointment(1)},
            {"appointment_link": server.ticket(1)},
            {"appointment_link": server.appointment(2)},
        ):
            _, answer = await server.knock(**hello)
            assert isinstance(answer, Refused)
        refused = await kiosk.order(check_in(link=server.ticket(1)))

    assert refused.code == "CodeNotKnown"


async def test_a_link_ends_two_hours_after_its_day():
    clock = ManualClock()
    async with house(clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk)
        clock.advance(seconds=13 * 60 * MINUTE + 60)  # 22:01; the day ends at eight

        _, late = await server.knock(appointment_link=server.appointment(1))
        refused = await kiosk.order(check_in(link=answer.link))
        status, _, _ = await server.get(f"/a/{server.appointment(1)}.ics")

    assert isinstance(late, Refused)
    assert isinstance(refused, Refused)
    assert status == 404


# --- People --------------------------------------------------------------------------------------


async def test_what_is_said_of_a_person_is_kept_in_the_vault_alone_until_a_week_after():
    journal = MemoryJournal()
    async with house(journal) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, name=NAME, phone=PHONE, note=NOTE, amount=AMOUNT)
        kept = await kept_of(journal, 1, server)
        day_ends = server.running.runners["main"].published.day_ends
        written = [row.data for row in await rows(journal)]

    assert {field: value for field, (value, _) in kept.items()} == {
        "name": NAME,
        "phone": PHONE,
        "form.note": NOTE,
        "form.amount": AMOUNT,
    }
    assert {until for _, until in kept.values()} == {day_ends + CONTACT_KEPT_MS}
    for value in (NAME, PHONE, NOTE, AMOUNT):
        assert not any(value in str(data) for data in written)


async def test_only_the_teller_who_serves_sees_the_amount():
    async with house() as server:
        board, one = await server.terminal("board-manager"), await server.terminal("counter-1")
        await booked(board, name=NAME, amount=AMOUNT, note=NOTE)
        await board.order(check_in(appointment=1))
        for command in (OpenCounter, CallNext):
            done = await one.order(command(id=new_id(), day=DAY, counter=1))
        serving_ = await one.view(CounterView, done.seq)
        seen = await board.view(BoardView, done.seq)

    person = serving_.current.person
    assert (person.name, person.amount, person.note) == (NAME, AMOUNT, NOTE)
    assert AMOUNT not in str(seen.counters[0].current.person.amount)
    assert seen.counters[0].current.person.note == ""


async def test_a_moved_appointment_keeps_its_person_until_a_week_after_the_new_time():
    journal = MemoryJournal()
    async with house(journal) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, name=NAME, phone=PHONE)
        day_ends = server.running.runners["main"].published.day_ends
        phone = await holder(server)
        later = (await slots(phone, first_day=TOMORROW))[0]
        await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=later))

        kept = await kept_of(journal, 1, server)

    day_ms = 24 * 3_600_000
    assert {until for _, until in kept.values()} == {day_ends + day_ms + CONTACT_KEPT_MS}


async def test_a_cancelled_appointment_leaves_nothing_of_its_person():
    journal = MemoryJournal()
    async with house(journal) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, name=NAME, phone=PHONE)
        phone = await holder(server)
        await phone.order(CancelAppointment(id=new_id(), day=DAY))

        assert await kept_of(journal, 1, server) == {}


async def test_one_telephone_number_has_one_appointment_a_day_however_it_is_written():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, phone="138 0013 8000")
        second = await held(kiosk, (await slots(kiosk))[3])
        command = BookAppointment(
            id=new_id(), day=DAY, appointment=second.appointment, phone="+86 13800138000"
        )

        refused = await kiosk.order(command)

    assert refused.code == "BookedAlready"


async def test_a_repeated_booking_gets_the_first_answer():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        kept = await held(kiosk, (await slots(kiosk))[0])
        command = BookAppointment(id=new_id(), day=DAY, appointment=kept.appointment, phone=PHONE)

        assert await kiosk.order(command) == await kiosk.order(command)


# --- The calendar --------------------------------------------------------------------------------


async def test_the_file_for_a_calendar_follows_its_appointment():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, name=NAME)
        path = f"/a/{server.appointment(1)}.ics"
        _, headers, first = await server.get(path)
        phone = await holder(server)
        later = (await slots(phone, first_day=TOMORROW))[0]
        await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=later))
        _, _, moved = await server.get(path)
        await phone.order(CancelAppointment(id=new_id(), day=DAY))
        _, _, cancelled = await server.get(path)
        status, _, _ = await server.get(f"/a/{server.appointment(2)}.ics")

    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert NAME.encode() not in first
    assert [b"SEQUENCE:%d\r\n" % n in file for n, file in enumerate((first, moved, cancelled))] == [
        True
    ] * 3
    assert b"DTSTART:20261117T010000Z" in moved
    assert b"METHOD:CANCEL" in cancelled
    assert status == 404


# --- A changed calendar --------------------------------------------------------------------------


async def test_a_preview_tells_which_appointments_a_changed_calendar_hits():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        at = (await slots(kiosk, first_day=TOMORROW))[0]
        await booked(kiosk, at)
        runner = server.running.runners["main"]
        now = runner.published.config
        closed = replace(now.hours, exceptions=(DayException(date=TOMORROW),))

        hit = runner.hit_by(replace(now, hours=closed))

    assert [(one.id, one.slot) for one in hit] == [(1, at)]


@pytest.mark.parametrize("service", ["A", "X"])
async def test_what_cannot_be_booked_has_no_free_times(service):
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")

        refused = await kiosk.order(FindSlots(id=new_id(), service=service))

    assert refused.code == {"A": "NotBookable", "X": "UnknownService"}[service]
