"""Notices are sent once, at their time, and to nobody whom they do not concern any more: whatever
fails, is moved, is cancelled, or is killed in between."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from server.domain.configuration import QuietHours
from server.journal.contract import JournalFull
from server.journal.memory import MemoryJournal
from server.moments import local
from server.reminders.channels import NotDelivered
from server.reminders.told import TRIES_MAX
from shared.protocol import Accepted, ConfirmAppointment
from shared.testing import ManualClock
from tests.server.one_branch import DAY, KIOSK, new_id
from tests.server.reminders.one_sender import MAIL, NAME, PHONE, bookable, house


async def test_who_has_booked_is_told_at_once_and_reminded_twice():
    async with house() as here:
        await here.book(hours=26)

        await here.sender.look()
        assert here.channel.kinds == ["booked"]
        await here.later(hours=1, minutes=59)
        assert here.channel.kinds == ["booked"]
        await here.later(minutes=1)
        assert here.channel.kinds == ["booked", "day_before"]
        await here.later(hours=22)

    assert here.channel.kinds == ["booked", "day_before", "soon"]
    assert {message.phone for message in here.channel.taken} == {PHONE}


async def test_nothing_is_sent_twice_however_often_it_is_looked():
    async with house() as here:
        await here.book()

        for _ in range(5):
            await here.sender.look()

    assert here.channel.kinds == ["booked"]


async def test_after_a_restart_nothing_is_sent_again():
    journal, clock = MemoryJournal(), ManualClock()
    async with house(journal=journal, clock=clock) as before:
        await before.book()
        await before.sender.look()

    async with house(journal=journal, clock=clock) as after:
        await after.sender.look()

    assert after.channel.taken == []


async def test_after_a_kill_between_sending_and_writing_the_receiver_gets_the_same_id_again():
    journal, clock = MemoryJournal(), ManualClock()
    async with house(journal=journal, clock=clock) as before:
        await before.book()
        before.journal.fail_next(JournalFull("full", path="the disk"))
        await before.sender.look()
        assert await before.outbox() == {}

    async with house(journal=journal, clock=clock) as after:
        await after.sender.look()

    assert [m.id for m in after.channel.taken] == [m.id for m in before.channel.taken]


async def test_a_full_disk_sends_nothing_twice_as_long_as_the_server_lives():
    async with house() as here:
        await here.book()
        here.journal.fail_next(JournalFull("full", path="the disk"))
        await here.sender.look()

        await here.later(seconds=2)
        await here.later(seconds=2)

        assert here.channel.kinds == ["booked"]
        assert await here.outbox() == {"1.0.booked": ("sent", "", 1)}


async def test_every_notice_has_an_id_of_its_own():
    async with house() as here:
        first, _ = await here.book(hours=2), await here.book(hours=3)
        await here.sender.look()
        await here.move(first, hours=5)
        await here.sender.look()
        await here.cancel(first)
        await here.sender.look()

    assert here.channel.kinds == ["booked", "booked", "moved", "cancelled"]
    assert len({message.id for message in here.channel.taken}) == 4


# --- Where it fails ------------------------------------------------------------------------------


async def test_what_is_not_taken_is_tried_again_with_the_same_id_later_and_later():
    async with house() as here:
        await here.book()
        here.channel.failing = [NotDelivered("unreachable")] * 3

        tried_at = [second for second in range(400) if await here.later(seconds=1)]

        first, *pauses = (b - a for a, b in pairwise([-1, *tried_at]))
        assert first == 1
        for pause, longest in zip(pauses, (30, 60, 120), strict=True):
            assert 0.75 * longest <= pause <= longest + 1
        assert await here.outbox() == {"1.0.booked": ("sent", "", 4)}


async def test_it_is_given_up_after_so_many_tries():
    async with house(bookable(quiet=QuietHours(begins="00:00", ends="00:00"))) as here:
        await here.book(hours=30)
        here.channel.failing = [NotDelivered("status_503")] * 1_000
        await here.sender.look()

        for _ in range(20):
            await here.later(minutes=31)

        states = await here.outbox()

    assert states["1.0.booked"] == ("dropped", "status_503", TRIES_MAX)


async def test_what_would_come_too_late_is_not_tried_again():
    async with house() as here:
        await here.book(hours=3)
        await here.sender.look()
        here.channel.failing = [NotDelivered("unreachable")] * 1_000
        await here.later(hours=1)

        await here.later(hours=2)

        assert (await here.outbox())["1.0.soon"] == ("dropped", "unreachable", 1)
        assert here.channel.kinds == ["booked"]


async def test_what_a_receiver_will_never_take_is_not_tried_again():
    async with house() as here:
        await here.book()
        here.channel.failing = [NotDelivered("status_422", for_good=True)]

        await here.sender.look()
        await here.later(hours=1)

        assert await here.outbox() == {"1.0.booked": ("dropped", "status_422", 0)}


async def test_a_channel_with_a_fault_keeps_back_nobody_else_and_its_words_are_not_logged(caplog):
    async with house() as here:
        await here.book(hours=2)
        await here.book(hours=3)
        here.channel.failing = [RuntimeError(f"cannot reach {PHONE}")]

        await here.sender.look()

        assert here.channel.kinds == ["booked"]
        assert sorted(state for state, *_ in (await here.outbox()).values()) == ["sent", "waiting"]
    assert "RuntimeError" in caplog.text
    assert PHONE not in caplog.text


async def test_who_cannot_be_reached_over_any_channel_is_told_nothing():
    async with house() as here:
        await here.book(mail=MAIL)  # there is a webhook only

        await here.sender.look()

        assert await here.outbox() == {"1.0.booked": ("dropped", "no_address", 0)}


# --- What has changed meanwhile ------------------------------------------------------------------


async def test_reminders_of_a_moved_appointment_go_with_its_new_time():
    async with house() as here:
        appointment = await here.book(hours=5)
        await here.sender.look()
        here.channel.failing = [NotDelivered("unreachable")]
        await here.later(hours=3)
        assert (await here.outbox())["1.0.soon"] == ("waiting", "unreachable", 1)

        await here.move(appointment, hours=4)
        await here.later(minutes=1)
        assert set(await here.outbox()) == {"1.0.booked", "1.1.moved"}
        await here.later(hours=2)

    assert here.channel.kinds == ["booked", "moved", "soon"]


async def test_nobody_is_reminded_of_what_was_cancelled():
    async with house() as here:
        appointment = await here.book(hours=5)
        await here.sender.look()

        await here.cancel(appointment)
        await here.sender.look()
        await here.later(hours=4)

    assert here.channel.kinds == ["booked", "cancelled"]


async def test_the_number_of_who_has_cancelled_is_kept_until_that_was_told_and_no_longer():
    async with house() as here:
        appointment = await here.book(hours=5, phone=PHONE, name=NAME, note="带了护照")

        await here.cancel(appointment)
        assert await here.kept(appointment) == {"phone": PHONE}
        await here.sender.look()

        assert await here.kept(appointment) == {}
    assert here.channel.kinds == ["cancelled"]


async def test_and_for_a_day_at_the_most_where_nobody_takes_it():
    async with house(bookable(quiet=QuietHours(begins="00:00", ends="00:00"))) as here:
        appointment = await here.book(hours=48)
        here.channel.failing = [NotDelivered("unreachable")] * 1_000
        await here.cancel(appointment)

        purged_before = await here.journal.purge_private(here.clock.now_ms() + 23 * 3_600_000)
        purged = await here.journal.purge_private(here.clock.now_ms() + 25 * 3_600_000)

    blanks = 4  # name, mail, note and amount, which were not said: due at once
    assert (purged_before, purged) == (blanks, 1)


# --- Nights and absences -------------------------------------------------------------------------


async def test_what_is_due_in_the_night_is_sent_in_the_morning():
    async with house(clock=ManualClock("2026-11-16T20:30")) as here:
        await here.book(hours=13)  # half past nine
        await here.sender.look()

        await here.later(hours=11, minutes=29)
        assert here.channel.kinds == ["booked"]
        await here.later(minutes=1)

    assert here.channel.kinds == ["booked", "soon"]


async def test_what_makes_no_sense_in_the_morning_is_dropped_and_that_is_written_down():
    early = bookable(quiet=QuietHours(begins="21:00", ends="09:15"))
    async with house(early, clock=ManualClock("2026-11-16T20:30")) as here:
        await here.book(hours=12.5)  # nine o'clock
        await here.sender.look()

        await here.later(hours=13)

        assert (await here.outbox())["1.0.soon"] == ("dropped", "quiet", 0)
    assert here.channel.kinds == ["booked"]


async def test_a_server_that_was_away_sends_what_still_makes_sense():
    journal, clock = MemoryJournal(), ManualClock()
    async with house(journal=journal, clock=clock) as before:
        await before.book(hours=26)
        await before.sender.look()
    clock.advance(hours=25)  # its day-before reminder is past, and two hours before it is one

    async with house(journal=journal, clock=clock) as after:
        await after.sender.look()

        assert (await after.outbox())["1.0.day_before"] == ("dropped", "too_late", 0)
    assert after.channel.kinds == ["soon"]


@pytest.mark.parametrize(
    ("zone", "start", "hours", "told_at"),
    [
        # A Monday after the night in which clocks are put forward, or back.
        ("Europe/Berlin", "2027-03-26T10:00", 71, ["03-26 10:00", "03-28 10:00", "03-29 08:00"]),
        ("Europe/Berlin", "2027-10-29T10:00", 73, ["10-29 10:00", "10-31 10:00", "11-01 08:00"]),
        ("America/New_York", "2027-03-12T10:00", 71, ["03-12 10:00", "03-14 10:00", "03-15 08:00"]),
        # The ends of a year and of a February with 29 days.
        ("Asia/Shanghai", "2026-12-30T10:00", 48, ["12-30 10:00", "12-31 10:00", "01-01 08:00"]),
        ("Asia/Shanghai", "2028-02-28T10:00", 48, ["02-28 10:00", "02-29 10:00", "03-01 08:00"]),
    ],
)
async def test_each_is_sent_once_and_at_its_time_in_the_branchs_own_zone(
    zone, start, hours, told_at
):
    config = replace(bookable(), time_zone=zone)
    async with house(config, clock=ManualClock(start, zone)) as here:
        await here.book(hours=hours)
        told = []

        for _ in range(4 * hours):
            if await here.sender.look():
                told.append(f"{local(here.clock.now_ms(), zone):%m-%d %H:%M}")
            here.clock.advance(minutes=15)

    assert here.channel.kinds == ["booked", "day_before", "soon"]
    assert told == told_at


# --- What is in it -------------------------------------------------------------------------------


async def test_a_notice_says_what_when_and_where_what_to_bring_and_nobodys_name():
    async with house() as here:
        await here.book(hours=26, phone=PHONE, name=NAME)

        await here.sender.look()

    (message,) = here.channel.taken
    lines = message.text.splitlines()
    assert lines[0] == "您已预约：支行，支行，11月17日（周二）11:00。"
    assert lines[1] == "请带：身份证。"
    assert NAME not in message.text
    assert message.slot == "2026-11-17T11:00:00+08:00"
    assert "BEGIN:VCALENDAR" in message.calendar
    assert PHONE not in repr(message)


async def test_links_are_for_one_purpose_each_and_only_where_phones_have_an_address():
    for public_url, expected in (
        ("https://queue.example.com", {"show", "confirm", "cancel"}),
        ("", set()),
    ):
        async with house(public_url=public_url) as here:
            await here.book()
            await here.sender.look()

        (message,) = here.channel.taken
        assert set(message.links) == expected
        assert len(set(message.links.values())) == len(expected)
        assert all(link in message.text for link in message.links.values())


async def test_who_has_confirmed_is_not_asked_again():
    async with house() as here:
        appointment = await here.book(hours=3)
        await here.sender.look()
        command = ConfirmAppointment(id=new_id(), day=DAY, appointment=appointment)
        assert isinstance(await here.runner.submit(command, KIOSK), Accepted)

        await here.later(hours=1)

    booked, soon = here.channel.taken
    assert "confirm" in booked.links
    assert set(soon.links) == {"show", "cancel"}


async def test_a_link_to_confirm_or_cancel_is_another_one_after_a_move():
    async with house() as here:
        appointment = await here.book(hours=3)
        await here.sender.look()
        await here.move(appointment, hours=5)
        await here.sender.look()

    before, after = (message.links for message in here.channel.taken)
    assert before["show"] == after["show"]
    assert before["confirm"] != after["confirm"]
    assert before["cancel"] != after["cancel"]


async def test_what_became_of_notices_is_counted_and_logged_without_a_word_of_whom(caplog):
    with caplog.at_level("INFO"):
        async with house() as here:
            await here.book(phone=PHONE, name=NAME)
            here.channel.failing = [NotDelivered("unreachable")]
            await here.sender.look()
            await here.later(minutes=1)

    value = here.metrics.registry.get_sample_value
    labels = {"branch": "main", "kind": "booked"}
    assert value("lobby_notices_total", {**labels, "outcome": "failed"}) == 1
    assert value("lobby_notices_total", {**labels, "outcome": "sent"}) == 1
    assert "a notice was sent" in caplog.text
    assert PHONE not in caplog.text
    assert NAME not in caplog.text


async def test_old_rows_of_the_outbox_are_deleted_after_a_month():
    async with house() as here:
        await here.book(hours=3)
        await here.sender.look()
        assert await here.outbox()

        await here.later(hours=31 * 24)

        assert "1.0.booked" not in await here.outbox()
