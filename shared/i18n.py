"""Every sentence people read, in their language: one catalogue per language in `locale/`.

`text` looks a sentence up and fills in its values; `say` first makes the values of a refusal or
an event readable: code words are translated, instants become local times, ids become names.
Which language is wanted, and for whom, is decided by whoever asks.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from shared.protocol import Language, Words

log = logging.getLogger(__name__)

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
"""A name and nothing else. `str.format` would let a catalogue, or a value that found its way
into one, reach into objects."""

TABLE: Final = re.compile(r"^\[(\w+)[\w.]*\]", re.MULTILINE)
"""The head of a table in a catalogue, and the first word of its keys."""

VOCABULARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "appointment_state": ("appointment_state",),
    "by": ("cancelled_by",),
    "command": ("command",),
    "emergency": ("emergency_kind",),
    "form": ("export_form",),
    "kind": (
        "help_kind",
        "alert_kind",
        "emergency_kind",
        "station_kind",
        "secret_kind",
        "request_kind",
    ),
    "lane": ("lane",),
    "lanes": ("lane",),
    "language": ("language",),
    "need": ("need",),
    "needs": ("need",),
    "outcome": ("outcome", "alert_outcome"),
    "owner": ("park_owner",),
    "park_reason": ("park_reason",),
    "pause_reason": ("pause_reason",),
    "position": ("position",),
    "preset": ("preset",),
    "rating_reason": ("rating_reason",),
    "reason": ("reason", "pause_reason", "park_reason", "sign_in_end", "rating_reason"),
    "result": ("question_state",),
    "role": ("role",),
    "roles": ("role",),
    "rule": ("call_rule",),
    "score": ("score",),
    "source": ("rating_source",),
    "state": (
        "ticket_state",
        "counter_state",
        "machine_state",
        "printer_state",
        "voice_state",
        "pager_state",
    ),
    "status": ("service_status",),
    "undone": ("action",),
    "wanted": ("help_wanted",),
    "what": ("export_what",),
    "who": ("role",),
}
"""Whose words a field holds. One that several tables know means the same in each of them."""

NAMED: Final = frozenset({"machine", "service", "services"})
"""Fields that hold ids which customers know by a name."""

INSTANTS: Final = frozenset({"at", "since", "slot", "until", "waiting_since"})
"""Fields that hold an instant, besides those that end in `_at`."""

Values: TypeAlias = Mapping[str, object] | Struct
"""The fields of a refusal or an event, or the thing itself."""

_strict = False


def be_strict(strict: bool = True) -> None:
    """Raise KeyError for a missing sentence or value: for tests, before people see it."""
    global _strict
    _strict = strict


@cache
def catalogue(lang: Language) -> Mapping[str, str]:
    """Every sentence of a language by its dotted key."""
    return dict(_flat(tomllib.loads(_content(lang))))


def _content(lang: Language) -> str:
    return (Path(__file__).with_name("locale") / f"{lang}.toml").read_text(encoding="utf-8")


@cache
def _tables(lang: Language) -> Mapping[str, str]:
    """What is written of each first word of the keys. A terminal says a tenth of what there is,
    and reading all of it would be a tenth of its start."""
    content = _content(lang)
    heads = [*TABLE.finditer(content)]
    ends = [head.start() for head in heads[1:]]
    found: dict[str, str] = {}
    for head, end in zip(heads, [*ends, len(content)], strict=True):
        found[head[1]] = found.get(head[1], "") + content[head.start() : end]
    return found


@cache
def _table(lang: Language, name: str) -> Mapping[str, str]:
    return dict(_flat(tomllib.loads(_tables(lang).get(name, ""))))


def _flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            entries += _flat(value, f"{prefix}{key}.")
        else:
            entries.append((prefix + key, str(value)))
    return entries


def text(lang: Language, key: str, **values: object) -> str:
    """The sentence of that key, with the values in place of `{name}`.

    A missing one never stops a terminal: the other language is better than nothing, and the key
    better than a crash.
    """
    return _filled(_sentence(lang, key), {name: str(value) for name, value in values.items()})


def is_said(lang: Language, key: str) -> bool:
    """Whether this language has a sentence of its own for that key."""
    return key in _table(lang, key.partition(".")[0])


def say(
    lang: Language,
    key: str,
    values: Values,
    zone: str = "UTC",
    names: Mapping[str, Words] | None = None,
    today: int | None = None,
) -> str:
    """The sentence of a refusal or an event, its values made readable by their fields' names.

    Instants are shown in the time zone `zone`, with their date unless it is the local day of
    the instant `today` (ms). `names` are the names of services and machines by id. A value that
    has fields gives them (`why` gives `rule`, `lane` ...), and a duration `waited_ms` is there
    as `waited_minutes` too. What an event does not know itself, such as the `number` of its
    visit, is added by whoever asks.
    """
    speaker = _Speaker(lang, zone, names or {}, today)
    said = {field: speaker.said(field, value) for field, value in _fields(values).items()}
    return _filled(_sentence(lang, key), said, speaker.nothing)


def _sentence(lang: Language, key: str) -> str:
    for language in (lang, *LANGUAGES):
        found = _table(language, key.partition(".")[0]).get(key)
        if found is not None:
            return found
        if _strict:
            raise KeyError(f"{key} ({language})")
    log.warning("no sentence for %s", key)
    return key


def _filled(sentence: str, values: Mapping[str, str], missing: str = "—") -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if _strict and name not in values:
            raise KeyError(f"no value for {{{name}}} in {sentence!r}")
        return values.get(name, missing)

    return PLACEHOLDER.sub(value, sentence)


# --- Values ----------------------------------------------------------------------------------


def _fields(values: Values) -> dict[str, object]:
    fields = dict(_mapping(values))
    for value in list(fields.values()):
        if isinstance(value, Mapping | Struct):
            for inner, below in _mapping(value).items():
                fields.setdefault(inner, below)
    for field, value in list(fields.items()):
        if field.endswith("_ms") and isinstance(value, int):
            fields.setdefault(f"{field.removesuffix('_ms')}_minutes", round(value / 60_000))
    return fields


def _mapping(values: Values) -> Mapping[str, object]:
    return msgspec.structs.asdict(values) if isinstance(values, Struct) else values


class _Speaker:
    """Makes values readable, in one language, zone and day."""

    def __init__(
        self, lang: Language, zone: str, names: Mapping[str, Words], today: int | None
    ) -> None:
        self._lang = lang
        self._zone = _zone(zone)
        self._names = names
        self._today = None if today is None else self._local(today).date()
        self.nothing = self._word("nothing")

    def said(self, field: str, value: object) -> str:
        """One value in words."""
        instant = field.endswith("_at") or field in INSTANTS
        if value is None:
            return self._word("not_known") if instant else self.nothing
        if isinstance(value, bool):
            return self._word("yes" if value else "no")
        if isinstance(value, list | tuple):
            one_by_one = [self.said(field, one) for one in value]
            return self._word("and").join(one_by_one) or self.nothing
        if instant and isinstance(value, int):
            return self._time(value)
        if isinstance(value, float):
            return f"{value:.1f}"
        return self._translated(field, str(value))

    def _translated(self, field: str, word: str) -> str:
        if field in NAMED:
            return self._name(word)
        for vocabulary in VOCABULARIES.get(field, ()):
            found = _table(self._lang, vocabulary).get(f"{vocabulary}.{word}")
            if found is not None:
                return found
        return word

    def _name(self, word: str) -> str:
        if word == "*":
            return self._word("all_services")
        name = self._names.get(word)
        if name is None:
            return word
        return getattr(name, self._lang) or word

    def _time(self, at: int) -> str:
        try:
            local = self._local(at)
        except (ValueError, OverflowError, OSError):  # beyond any calendar
            return self.nothing
        return local.strftime("%H:%M" if local.date() == self._today else "%m-%d %H:%M")

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(self._zone)

    def _word(self, word: str) -> str:
        return _sentence(self._lang, f"word.{word}")


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log.warning("no time zone %s", name)
        return ZoneInfo("UTC")
