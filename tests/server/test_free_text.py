"""Every text a client may say is a word with a pattern, a secret, or free text that is cleaned."""

import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct, inspect

from server.domain.configuration import BranchConfig, ServiceConfig
from server.free_text import NothingToSee, cleaned, fitting
from shared import protocol as p
from shared.protocol import FinishService, RenameStation, SendMessage, Words
from tests.server.wire_texts import MESSAGES, texts_of

CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
HEAD: dict[str, Any] = {"id": "0123456789abcdef", "day": "2026-11-16"}
ROOT = Path(__file__).resolve().parents[2]
PATTERN = re.compile(r'[^_]pattern=r"([^"]*)"')
FREE = Annotated[str, Meta(max_length=3, extra={"free_text": True})]


def named(found):
    return [f"{message.__name__}.{'.'.join(map(str, path))}" for message, path, _ in found]


TEXTS = [(message, path, kind) for message in MESSAGES for path, kind in texts_of(message)]
FREE_TEXTS = [one for one in TEXTS if isinstance(one[2], inspect.Metadata)]
WORDS = [one for one in TEXTS if isinstance(one[2], inspect.StrType)]

PATTERNS = sorted({kind.pattern for _, _, kind in WORDS if kind.pattern})


# --- What the types say --------------------------------------------------------------------------


@pytest.mark.parametrize(("message", "path", "kind"), WORDS, ids=named(WORDS))
def test_what_is_no_free_text_has_a_pattern_and_a_bound(message, path, kind):
    assert kind.pattern
    assert kind.max_length


@pytest.mark.parametrize("pattern", PATTERNS)
@given(st.data())
def test_no_pattern_lets_a_control_character_through(pattern, data):
    accepted = data.draw(st.from_regex(pattern))

    assert not set(accepted) & set(CONTROLS)


def test_no_pattern_ends_with_a_dollar_that_a_line_break_passes():
    sources = [*(ROOT / "server").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]

    written = [found for one in sources for found in PATTERN.findall(one.read_text("utf-8"))]

    assert len(written) >= len(PATTERNS)
    assert [pattern for pattern in written if not pattern.endswith(r"\Z")] == []


@pytest.mark.parametrize(("message", "path", "kind"), FREE_TEXTS, ids=named(FREE_TEXTS))
def test_free_text_has_a_bound(message, path, kind):
    assert kind.type.max_length


def test_the_commands_with_free_text_are_these():
    """Whoever adds one looks here: is it shown, journalled, printed, exported?"""
    assert named(FREE_TEXTS) == [
        "FillForm.answers.0.value",
        "FinishService.papers.0",
        "TransferTicket.note",
        "RateVisit.comment",
        "RecordPerson.name",
        "RecordPerson.phone",
        "SendMessage.zh",
        "SendMessage.en",
        "BookAppointment.name",
        "BookAppointment.phone",
        "BookAppointment.mail",
        "BookAppointment.note",
        "InviteStation.name",
        "RenameStation.name",
        "FindPerson.reason",
        "FindPerson.phone",
        "ErasePerson.reason",
        "ErasePerson.phone",
        "AskExport.reason",
    ]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_no_number_is_without_bounds(message):
    info = inspect.type_info(message)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        kinds = getattr(field.type, "types", (field.type,))
        for kind in kinds:
            if isinstance(kind, inspect.IntType):
                assert kind.ge is not None
                assert kind.le is not None
                assert kind.le < 2**53


# --- What is cleaned -----------------------------------------------------------------------------


def test_what_would_steer_a_terminal_is_taken_out():
    hostile = SendMessage(**HEAD, zh="请注意\x1b[2J\x07", en="\u202eCome\x00  in\x9b31m")

    assert cleaned(hostile) == SendMessage(**HEAD, zh="请注意[2J", en="Come in31m")


def test_an_invisible_entry_of_a_list_is_none():
    papers = FinishService(**HEAD, counter=1, papers=("\u200b\ufeff", "身份证\r\n"))

    assert cleaned(papers) == FinishService(**HEAD, counter=1, papers=("身份证",))


def test_a_name_may_be_taken_away():
    rename = RenameStation(id=HEAD["id"], station="main-kiosk-1", name="\u200b")

    assert cleaned(rename).name == ""


def test_what_is_no_free_text_is_left_as_it_is():
    sign_in = p.SignIn(id=HEAD["id"], staff="li", secret=" e\u0301\u200b[bold] ")

    assert cleaned(sign_in) is sign_in


def test_a_configuration_is_cleaned_in_its_depths():
    name = Words(zh="存\x1b款", en="Ca\u202esh")
    service = ServiceConfig(id="A", series="A", name=name, bring=(name, name), machine=name)
    config = cleaned(BranchConfig(id="main", name=name, services=(service,)))

    clean = Words(zh="存款", en="Cash")
    assert config.name == clean
    assert config.services[0].name == clean
    assert config.services[0].bring == (clean, clean)
    assert config.services[0].machine == clean


class Remark(Struct, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=3, extra={"free_text": True})]
    by_topic: dict[str, FREE] = {}
    aside: FREE | None = None


def test_free_text_is_found_in_tables_and_where_it_may_be_missing():
    remark = Remark(text="a\x00", by_topic={"b": "\x1bb"})

    assert cleaned(remark) == Remark(text="a", by_topic={"b": "b"})
    assert cleaned(Remark(text="a", aside="\x07c")).aside == "c"


def test_a_text_that_has_to_be_there_and_cannot_be_seen_is_missing():
    with pytest.raises(NothingToSee) as caught:
        cleaned(Remark(text="\u200b"))

    assert caught.value.field == "text"


# Written as one character, and two in NFC.
TWO_IN_NFC = "\u0958"


@given(st.text(max_size=30) | st.text(st.sampled_from([TWO_IN_NFC, "e", "\u0301"]), max_size=30))
def test_what_is_cleaned_still_fits_where_it_came_from(text):
    clean = fitting(text, 10)

    assert len(clean) <= 10
    assert fitting(clean, 10) == clean


def test_a_text_of_the_full_length_stays_whole():
    assert fitting("网" * 200, 200) == "网" * 200
    assert fitting(TWO_IN_NFC * 10, 10) == "\u0915\u093c" * 5
