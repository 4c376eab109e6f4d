"""Our files for calendars, opened by a program that is not ours: what is booked appears, what is
moved moves, what is cancelled goes, each as often as it is opened and in whatever order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from server.ics import calendar, feed
from shared.protocol import AppointmentView, Words

SLOT = 1_794_798_000_000
VIEW = AppointmentView(
    branch="main",
    seq=1,
    at=1_794_790_800_000,
    appointment=7,
    state="booked",
    service="L",
    service_name=Words(zh="理财·贷款", en="Wealth, loans; more\\"),
    branch_name=Words(zh="示范支行", en="Model branch"),
    bring=(Words(zh="身份证" * 20, en="Identity card " * 10), Words(zh="银行卡", en="Bank card")),
    slot=SLOT,
    minutes=25,
    check_in_from=0,
)
MOVED = replace(VIEW, slot=SLOT + 86_400_000, sequence=1)
CANCELLED = replace(MOVED, state="cancelled")


class Elsewhere:
    """A calendar that goes by `UID` and `SEQUENCE`, as RFC 5546 wants it."""

    def __init__(self):
        self.entries = {}

    def open(self, file):
        parsed = Calendar.from_ical(file)
        for event in parsed.walk("VEVENT"):
            known = self.entries.get(str(event["UID"]))
            if known is None or event["SEQUENCE"] >= known["SEQUENCE"]:
                self.entries[str(event["UID"])] = event
        return parsed

    @property
    def shown(self):
        return [event for event in self.entries.values() if event["STATUS"] != "CANCELLED"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_another_program_reads_what_we_have_written(language):
    there = Elsewhere()

    parsed = there.open(calendar(VIEW, language))

    (event,) = there.shown
    said = VIEW.service_name.zh if language == "zh" else VIEW.service_name.en
    brought = VIEW.bring[0].zh if language == "zh" else VIEW.bring[0].en
    begins = datetime.fromtimestamp(SLOT / 1000, tz=UTC)
    assert (parsed["VERSION"], parsed["METHOD"]) == ("2.0", "PUBLISH")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (begins, begins + timedelta(minutes=25))
    assert said in event["SUMMARY"]
    assert brought.strip() in event["DESCRIPTION"]
    assert not parsed.errors
    assert not event.errors


def test_a_move_and_a_cancellation_apply():
    there = Elsewhere()

    there.open(calendar(VIEW, "en"))
    there.open(calendar(MOVED, "en"))
    (moved,) = there.shown
    parsed = there.open(calendar(CANCELLED, "en"))

    assert moved["DTSTART"].dt == datetime.fromtimestamp(MOVED.slot / 1000, tz=UTC)
    assert parsed["METHOD"] == "CANCEL"
    assert there.shown == []


@pytest.mark.parametrize("order", list(permutations((VIEW, MOVED, CANCELLED))))
def test_in_whatever_order_they_are_opened_the_last_change_stands(order):
    there = Elsewhere()

    for view in (*order, *order):
        there.open(calendar(view, "en"))

    assert len(there.entries) == 1
    assert there.shown == []


def test_a_cancellation_of_one_that_was_never_moved_applies_too():
    there = Elsewhere()

    there.open(calendar(replace(VIEW, state="cancelled"), "en"))
    there.open(calendar(VIEW, "en"))

    assert there.shown == []


def test_a_feed_has_every_appointment_and_follows_each():
    there, other = Elsewhere(), replace(VIEW, appointment=8, service_name=Words(zh="外汇", en="FX"))

    there.open(feed([VIEW, other], "Model branch", "en"))
    first = {str(event["SUMMARY"]) for event in there.shown}
    parsed = there.open(feed([CANCELLED, other], "Model branch", "en"))

    assert len(first) == 2
    assert [str(event["UID"]) for event in there.shown] == ["appointment-8.main@lobby"]
    assert str(parsed["X-WR-CALNAME"]) == "Model branch"
    assert not parsed.errors


def test_an_empty_feed_is_a_calendar_all_the_same():
    there = Elsewhere()

    parsed = there.open(feed([], "Model branch", "en"))

    assert there.entries == {}
    assert parsed["VERSION"] == "2.0"
