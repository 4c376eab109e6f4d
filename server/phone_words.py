"""How the pages say names and instants, and what each of them says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from server.markup import tag
from shared.i18n import text
from shared.protocol import Language, Words

OTHER: Final[dict[Language, Language]] = {"zh": "en", "en": "zh"}


def frame(language: Language, branch: str = "") -> dict[str, str]:
    """What every page has: its language, and the key to the other one; at its head the branch."""
    return {
        "lang": language,
        "other_lang": OTHER[language],
        "other_language": text(language, "kiosk.other_language"),
        "named": tag("p", branch, id="branch") if branch else "",
        "settings": text(language, "phone.settings"),
        "size": "",
    }


def name_of(words: Words, language: Language) -> str:
    """A name in that language, or in the one it has."""
    first, second = (words.zh, words.en) if language == "zh" else (words.en, words.zh)
    return first or second


def time_of(at: int, zone: str, *, seconds: bool = False, today: int | None = None) -> str:
    """An instant on the clock of the branch; with its date where that is not that of `today`."""
    moment = _local(at, zone)
    if seconds:
        return moment.strftime("%H:%M:%S")
    same = today is None or _local(today, zone).date() == moment.date()
    return moment.strftime("%H:%M" if same else "%m-%d %H:%M")


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(ZoneInfo(zone))
