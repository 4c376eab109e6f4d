"""What a page of the kiosk is: words, tiles, a number, an address; and what stands on every page.

One description for eyes, ears and keys. Which page belongs to which state is said in `pages` and
`booking_pages`; where things go on the screen is left to `screen`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from kiosk.state import Kiosk
from shared.i18n import text
from shared.protocol import KioskView, Language, Words

if TYPE_CHECKING:
    from kiosk.entry import Pad

TileKind: TypeAlias = Literal["main", "care", "plain", "chosen", "closed"]

Local: TypeAlias = Callable[[int], str]
"""An instant (ms) as the branch's clocks show it."""

HELP: Final = "help"


class Tile(Struct, frozen=True):
    """Something to touch: the word it sends, what it says, and more of it in small. `sign` stands
    for the label where it is drawn large on a keypad."""

    touch: str
    label: str
    lines: tuple[str, ...] = ()
    kind: TileKind = "plain"
    sign: str = ""


class Page(Struct, frozen=True):
    """One screen. `big` is what it is about, `also` what matters next: drawn too in large text,
    in few words. `otherwise` is for whoever cannot scan the `address`: among the lines as well.
    `tiles` that do not fit are turned over with the two `turning` ones; `keys` are the small ones
    below; `bar` is there always, in the same place. `columns`: small tiles in a grid so wide.
    What is typed stands in `entry`, on a page with a keypad (`pad`); `scans`: a QR code that is
    read means something here."""

    name: str
    heading: str
    lines: tuple[str, ...] = ()
    big: str = ""
    also: str = ""
    also_short: str = ""
    address: str = ""
    caption: str = ""
    otherwise: str = ""
    tiles: tuple[Tile, ...] = ()
    turning: tuple[Tile, ...] = ()
    keys: tuple[Tile, ...] = ()
    bar: tuple[Tile, ...] = ()
    foot: str = ""
    columns: int = 0
    entry: str = ""
    pad: Pad | None = None
    scans: bool = False


class Equipment(Struct, frozen=True):
    """What this kiosk has: what it has not is not offered."""

    printer: bool = False
    voice: bool = False


class Speaker:
    """Sentences of the catalogue, and names of the branch, in the customer's language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return text(self.language, key, **values)

    def name(self, words: Words) -> str:
        """A name in this language, or in the other where there is none."""
        zh, en = words.zh or words.en, words.en or words.zh
        return zh if self.language == "zh" else en

    def all(self, words: Sequence[Words]) -> str:
        """Several, one after the other."""
        return self("word.and").join(self.name(one) for one in words)


def turning(say: Speaker) -> tuple[Tile, ...]:
    """The keys that turn a page of tiles."""
    return Tile("previous", say("kiosk.previous")), Tile("next", say("kiosk.following"))


def check_in(view: KioskView, say: Speaker) -> Tile:
    """For whoever has booked, and for whoever has taken a number before coming."""
    if not view.remote:
        return Tile("check_in", say("kiosk.check_in"), (say("kiosk.check_in_more"),))
    more = say("kiosk.check_in_both_more" if view.booking else "kiosk.check_in_remote_more")
    return Tile("check_in", say("kiosk.check_in_remote"), (more,))


def chosen_or_not(chosen: bool) -> TileKind:
    """How a tile looks that can be chosen."""
    return "chosen" if chosen else "plain"


def bar(kiosk: Kiosk, say: Speaker) -> tuple[Tile, ...]:
    """What is there always, in the same place."""
    choices = kiosk.choices
    speech = say(f"kiosk.speech.{choices.speech}")
    return (
        Tile(HELP, say("kiosk.help"), kind="main"),
        Tile("language", say("kiosk.other_language")),
        Tile("large", say("kiosk.large"), kind=chosen_or_not(choices.large)),
        Tile("speech", speech, kind=chosen_or_not(choices.speech != "off")),
        Tile("complaint", say("kiosk.complaint")),
    )
