"""What shared/i18n.py promises, and that the catalogues are whole, equal and fit their values."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest

from server.domain.configuration import Calling
from server.domain.events import EVENT_TYPES, TicketCalled
from server.domain.refusals import REFUSALS, ServiceNotToday, TicketEnded
from server.domain.state import TICKET_TRANSITIONS
from server.house.events import HOUSE_EVENT_TYPES
from server.house.refusals import HOUSE_REFUSALS
from shared import i18n, protocol
from shared.i18n import LANGUAGES, PLACEHOLDER, VOCABULARIES, _sentence, catalogue, say, text
from shared.protocol import Request, WhyCalled, Words

ALL_REFUSALS = {**REFUSALS, **HOUSE_REFUSALS}
ALL_EVENTS = {**EVENT_TYPES, **HOUSE_EVENT_TYPES}

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ["counter", "kiosk", "lobby_display", "server", "shared", "web"]

MONDAY_AT_NINE = 1_794_790_800_000  # 2026-11-16 09:00 in Shanghai
MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """A missing sentence or value is an error here, whatever the whole run is set to."""
    monkeypatch.setattr(i18n, "_strict", True)


@pytest.fixture
def forgiving(monkeypatch, strict):
    """As where people look at it."""
    monkeypatch.setattr(i18n, "_strict", False)


def _placeholders(sentence: str) -> set[str]:
    return set(PLACEHOLDER.findall(sentence))


ALIKE = {"transaction_outcome": "outcome", "staff_role": "role", "pager_report": "pager_state"}
"""Lists of words that are in another one's table."""


def _words_of_protocol() -> dict[str, set[str]]:
    """Every Literal of the protocol: its words, by the name of their table."""
    tables: dict[str, set[str]] = {}
    for name, alias in protocol.everything().items():
        if get_origin(alias) is Literal:
            table = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
            table = ALIKE.get(table, table)
            tables.setdefault(table, set()).update(get_args(alias))
    return tables


def _entries(table: str, lang: str = "zh") -> set[str]:
    return {key.removeprefix(f"{table}.") for key in catalogue(lang) if key.startswith(f"{table}.")}


# --- The catalogues --------------------------------------------------------------------------


def test_both_languages_have_the_same_keys():
    assert list(catalogue("zh")) == list(catalogue("en"))


def test_both_languages_have_the_same_placeholders():
    differing = [
        key
        for key, sentence in catalogue("zh").items()
        if _placeholders(sentence) != _placeholders(catalogue("en")[key])
    ]

    assert differing == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_is_empty_or_holds_a_stray_brace(lang):
    for key, sentence in catalogue(lang).items():
        assert sentence.strip(), key
        assert not set("{}") & set(PLACEHOLDER.sub("", sentence)), key


FOR_OTHERS = {"kiosk.other_language"}
"""Named in the language of whoever cannot read the present one."""


def test_every_sentence_is_in_its_own_language():
    chinese = re.compile("[\u4e00-\u9fff]")

    english = {key: s for key, s in catalogue("en").items() if key not in FOR_OTHERS}
    others = {key: s for key, s in catalogue("zh").items() if key not in FOR_OTHERS}

    assert [key for key, said in english.items() if chinese.search(said)] == []
    assert [
        key
        for key, said in others.items()
        if not chinese.search(said) and re.search("[A-Za-z]", PLACEHOLDER.sub("", said))
    ] == []


def test_chinese_sentences_have_chinese_punctuation():
    ascii_marks = re.compile("[,:;()?!\"']")

    assert [
        key
        for key, said in catalogue("zh").items()
        if ascii_marks.search(PLACEHOLDER.sub("", said))
    ] == []


def test_every_refusal_has_its_sentence_and_no_other_has():
    assert _entries("refusal") == set(ALL_REFUSALS)


def test_every_event_has_its_sentence_and_no_other_has():
    assert _entries("event") == set(ALL_EVENTS)


def test_every_command_has_its_word_and_no_other_has():
    assert _entries("command") == {command.__name__ for command in get_args(Request)}


def test_every_word_of_the_protocol_is_translated():
    tables = _words_of_protocol()

    assert len(tables) > 15
    for table, words in tables.items():
        assert _entries(table) == words, table


def test_every_action_that_can_be_taken_back_has_its_word():
    moves = {event for moves in TICKET_TRANSITIONS.values() for event in moves}

    assert _entries("action") <= moves
    assert "TicketCalled" in _entries("action")


def test_every_shipped_preset_has_its_word():
    assert _entries("preset") == set(Calling().presets)


@pytest.mark.parametrize("name", ALL_REFUSALS)
def test_a_refusal_says_only_what_it_knows(name):
    known = set(ALL_REFUSALS[name].__struct_fields__)

    for lang in LANGUAGES:
        assert _placeholders(catalogue(lang)[f"refusal.{name}"]) <= known


@pytest.mark.parametrize("name", ALL_EVENTS)
def test_an_event_says_only_what_it_always_knows(name):
    known = set(ALL_EVENTS[name].__struct_fields__) | {"number"}
    if "why" in known:
        known |= {*WhyCalled.__struct_fields__, "waited_minutes"}

    for lang in LANGUAGES:
        assert _placeholders(catalogue(lang)[f"event.{name}"]) <= known


def test_a_word_that_several_tables_of_a_field_know_means_the_same():
    for lang in LANGUAGES:
        for tables in VOCABULARIES.values():
            said: dict[str, set[str]] = {}
            for table in tables:
                for word in _entries(table, lang):
                    said.setdefault(word, set()).add(catalogue(lang)[f"{table}.{word}"])
            assert [word for word, meanings in said.items() if len(meanings) > 1] == []


def test_every_field_with_a_vocabulary_finds_its_tables():
    tables = {key.split(".")[0] for key in catalogue("zh")}

    assert {table for names in VOCABULARIES.values() for table in names} <= tables


# --- Looking up ------------------------------------------------------------------------------


def test_a_sentence_is_filled_with_its_values():
    said = text("en", "refusal.RecallTooSoon", seconds=7)

    assert said == "Called a moment ago. Please recall in 7 seconds."


def test_a_missing_sentence_falls_back_to_the_other_language_then_to_its_key(
    forgiving, monkeypatch
):
    written = {"zh": {"greeting": "\u60a8\u597d"}, "en": {}}
    monkeypatch.setattr(i18n, "_table", lambda language, _name: written[language])

    assert text("en", "greeting") == "\u60a8\u597d"
    assert text("en", "farewell") == "farewell"


def test_a_missing_sentence_is_an_error_in_tests():
    with pytest.raises(KeyError, match="no such sentence"):
        text("en", "no such sentence")


def test_a_missing_value_is_an_error_in_tests():
    with pytest.raises(KeyError, match="seconds"):
        text("en", "refusal.RecallTooSoon")


def test_a_missing_value_is_a_dash(forgiving):
    assert text("en", "refusal.RecallTooSoon").endswith("recall in \u2014 seconds.")


def test_tests_may_ask_for_strictness(forgiving):
    i18n.be_strict()

    with pytest.raises(KeyError, match="no such sentence"):
        text("en", "no such sentence")


@pytest.mark.parametrize("value", ["{seconds}", "{seconds.__class__}", "%(x)s", "\\1", "{", "{}"])
def test_a_value_is_never_read_as_a_sentence(value):
    said = text("en", "refusal.UnknownService", service=value, seconds="oops")

    assert said == f"This branch has no service \u201c{value}\u201d. Please choose another."


# --- Saying ----------------------------------------------------------------------------------

NAMES = {
    "A": Words(zh="\u5b58\u53d6\u6b3e", en="Cash"),
    "M1": Words(zh="\u4e00\u53f7\u673a", en="Machine one"),
}


def _said(key: str, values: Any, **options: Any) -> str:
    return say("en", key, values, "Asia/Shanghai", NAMES, **options)


def test_code_words_are_said_in_the_words_of_their_field():
    assert _said("refusal.TicketEnded", TicketEnded("A007", "given_up")) == (
        "Ticket A007 is over (given up). To go on, please take a new ticket."
    )
    assert _said("event.MachineChanged", {"machine": "M1", "state": "faulty"}) == (
        "Machine one was set to \u201cout of order\u201d"
    )
    assert _said("event.CounterPaused", {"counter": 3, "reason": "meal"}) == (
        "Counter 3 was paused (meal)"
    )
    refused = {"command": "OpenDay", "role": "kiosk", "who": "operations_supervisor"}
    assert _said("refusal.NotAllowed", refused) == (
        "\u201cOpen the day\u201d is not among what this role may do (kiosk). "
        "Please ask the operations supervisor."
    )


def test_a_word_that_no_table_knows_is_said_as_it_is():
    assert "somersault" in _said("refusal.UnknownCommand", {"command": "somersault"})


def test_an_instant_is_said_in_local_time():
    values = ServiceNotToday("A", MONDAY_AT_NINE)

    said = _said("refusal.ServiceNotToday", values, today=MONDAY_AT_NINE - 8 * 60 * MINUTE_MS)

    assert said == "Cash: closed today; next: 09:00."


def test_an_instant_of_another_local_day_is_said_with_its_date():
    values = ServiceNotToday("A", MONDAY_AT_NINE)

    said = _said("refusal.ServiceNotToday", values, today=MONDAY_AT_NINE - 10 * 60 * MINUTE_MS)

    assert said == "Cash: closed today; next: 11-16 09:00."


def test_an_instant_without_a_day_to_compare_is_said_with_its_date():
    assert "11-16 09:00" in _said("refusal.ServiceNotToday", ServiceNotToday("A", MONDAY_AT_NINE))


def test_an_unknown_instant_is_still_to_be_announced():
    assert "to be announced" in _said("refusal.ServiceNotToday", ServiceNotToday("A", None))


@pytest.mark.parametrize("at", [2**53 - 1, -(2**60)])
def test_an_instant_beyond_any_calendar_breaks_nothing(at):
    assert "next: \u2014" in _said("refusal.ServiceNotToday", ServiceNotToday("A", at))


def test_a_time_zone_that_does_not_exist_breaks_nothing():
    said = say("en", "refusal.TooEarlyForTickets", {"from_at": 0, "service": "A"}, "Mars/Base")

    assert "01-01 00:00" in said


def test_an_event_is_said_with_the_fields_of_its_parts():
    why = WhyCalled(rule="lane_advantage", lane="care", waited_ms=6 * MINUTE_MS + 20_000)
    event = TicketCalled(visit=7, number="A007", counter=3, why=why)

    assert _said("event.TicketCalled", event) == (
        "A007 was called to counter 3 (care, lane advantage, waited 6 min)"
    )
    assert _said("event.TicketCalled", msgspec.structs.asdict(event)) == (
        _said("event.TicketCalled", event)
    )


def test_many_values_are_said_one_after_the_other_and_none_as_a_dash():
    event = {"number": "A007", "needs": ("low_counter", "escort")}

    assert _said("event.NeedsChanged", event) == "A007 was noted to need: low counter, escort"
    assert _said("event.NeedsChanged", {"number": "A007", "needs": ()}).endswith(": \u2014")


def test_all_services_and_a_service_without_a_name_are_said_too():
    stopped = {"service": "*", "reason": "peak"}
    assert _said("event.IssuingStopped", stopped) == (
        "Tickets were stopped for all services (peak hours)"
    )
    assert _said("event.IssuingResumed", {"service": "Z"}) == "Tickets were resumed for Z"


def test_yes_and_no_and_figures_are_said_in_words_and_digits():
    speaker = i18n._Speaker("en", "UTC", {}, None)

    assert speaker.said("late", True) == "yes"
    assert speaker.said("score", 12.345) == "12.3"
    assert speaker.said("counter", None) == "\u2014"


# --- The code --------------------------------------------------------------------------------


def _sources() -> list[Path]:
    return [path for top in SHIPPED for path in sorted((ROOT / top).rglob("*.py"))]


def _docstrings(tree: ast.AST) -> set[int]:
    """The ids of string nodes that stand alone: docstrings, also those below a constant."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_found_in_the_part_of_the_catalogue_that_is_read_for_it(language):
    for key, sentence in catalogue(language).items():
        assert _sentence(language, key) == sentence


def test_no_chinese_stands_in_the_code():
    chinese = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

    found = []
    for path in _sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = _docstrings(tree)
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and chinese.search(node.value)
        ]

    assert found == []


def _keys_used() -> Iterator[tuple[str, str]]:
    """Where `text` and `say` are called, with the key, or with its fixed beginning."""
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                key = _fixed(node.args[1]) if name in ("text", "say") else None
                if key:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", key


def _fixed(node: ast.expr) -> str | None:
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_sentence_the_code_asks_for_is_there():
    used = list(_keys_used())

    assert used
    missing = [
        f"{where}: {key}"
        for where, key in used
        if not any(known == key or known.startswith(key) for known in catalogue("zh"))
    ]
    assert missing == []
