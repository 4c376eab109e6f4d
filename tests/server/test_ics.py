"""An appointment's file for a calendar: as RFC 5545 wants it, and the same entry for ever."""

import pytest
from msgspec.structs import replace

from server.ics import LINE_BYTES_MAX, calendar
from shared.protocol import AppointmentView, Words

VIEW = AppointmentView(
    branch="main",
    seq=1,
    at=1_794_790_800_000,
    appointment=7,
    state="booked",
    service="L",
    service_name=Words(zh="理财·贷款", en="Wealth, loans; more"),
    branch_name=Words(zh="示范支行", en="Model branch"),
    bring=(Words(zh="身份证" * 20, en="Identity card " * 10), Words(zh="银行卡", en="Bank card")),
    slot=1_794_798_000_000,
    minutes=25,
    check_in_from=0,
)


def fields(view, language="en"):
    """Each line by its name, unfolded."""
    text = calendar(view, language).replace("\r\n ", "")
    return dict(line.split(":", 1) for line in text.splitlines())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_line_is_too_long_and_none_is_cut_within_a_character(language):
    file = calendar(VIEW, language)

    assert file.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= LINE_BYTES_MAX for line in file.split("\r\n"))
    name = (VIEW.bring[0].zh if language == "zh" else VIEW.bring[0].en).strip()
    assert name in file.replace("\r\n ", "")


def test_it_begins_and_ends_when_the_appointment_does_and_says_what_to_bring():
    said = fields(VIEW)

    assert (said["DTSTART"], said["DTEND"]) == ("20261116T030000Z", "20261116T032500Z")
    assert said["SUMMARY"] == "Wealth\\, loans\\; more\\, Model branch"
    assert said["DESCRIPTION"].startswith("Please bring: Identity card")
    assert (said["METHOD"], said["STATUS"]) == ("PUBLISH", "CONFIRMED")


def test_a_change_is_the_same_entry_with_a_higher_sequence():
    moved = replace(VIEW, slot=VIEW.slot + 900_000, sequence=1)
    cancelled = replace(moved, state="cancelled")
    files = [fields(view) for view in (VIEW, moved, cancelled)]

    assert len({file["UID"] for file in files}) == 1
    assert [file["SEQUENCE"] for file in files] == ["0", "1", "2"]
    assert (files[2]["METHOD"], files[2]["STATUS"]) == ("CANCEL", "CANCELLED")


def test_without_anything_to_bring_nothing_is_described():
    assert "DESCRIPTION" not in fields(replace(VIEW, bring=()))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_no_name_begins_a_line_of_its_own(end):
    hostile = Words(zh="A", en=f"Loans{end}ATTENDEE:mailto:x@example.com;,\\")

    file = calendar(replace(VIEW, service_name=hostile, branch_name=hostile), "en")

    assert not [line for line in file.splitlines() if line.startswith("ATTENDEE")]
    assert "Loans\\nATTENDEE:mailto:x@example.com\\;\\,\\\\" in file.replace("\r\n ", "")


def test_chinese_of_any_length_is_folded_between_characters_and_read_back():
    for length in range(20, 60):
        name = "\N{CJK UNIFIED IDEOGRAPH-7406}" * length + "\N{CJK UNIFIED IDEOGRAPH-20BB7}"
        file = calendar(replace(VIEW, service_name=Words(zh=name, en="")), "zh")

        assert all(len(line.encode()) <= LINE_BYTES_MAX for line in file.split("\r\n"))
        assert name in file.replace("\r\n ", "")
