"""`lobby display --self-test`: a ruler to hold to the screen, and whether numbers are readable.

A terminal does not know how large it hangs on the wall. Here somebody measures: when the ruler is
as long as it says, all that is computed from it is right.
"""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct
from textual.app import App, ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from lobby_display.frame import Room, number_rows, slots_of
from lobby_display.legible import WIDEST_COUNTER, Screen, drawn_mm, needed_mm, rows_needed
from lobby_display.settings import Settings
from shared.i18n import text
from shared.ui.glyphs import big
from shared.ui.theme import THEMES

RULER_MM: Final = 100
SAMPLE: Final = "A083"


class Measured(Struct, frozen=True):
    """What a screen of that size shows at that distance. `least_rows` a number needs; `rows` it
    gets; both heights in mm."""

    screen: Screen
    wanted_mm: int
    least_rows: int
    rows: int
    ruler_rows: int

    @property
    def drawn_mm(self) -> int:
        """How high a digit comes out."""
        return round(drawn_mm(self.rows, self.screen)) if self.rows else 0

    @property
    def enough(self) -> bool:
        """Whether it can be read from the farthest seat."""
        return self.drawn_mm >= self.wanted_mm


def measured(settings: Settings, cells: int, rows: int) -> Measured:
    """What comes out on a terminal of that size."""
    portrait = Room(cells, rows).portrait
    screen = Screen(settings.screen_inches, rows, portrait)
    least = rows_needed(settings.distance_m, screen, lamps=settings.lamps)
    room = Room(cells, rows, least)
    return Measured(
        screen=screen,
        wanted_mm=needed_mm(settings.distance_m, lamps=settings.lamps),
        least_rows=least,
        rows=number_rows(room, slots_of(room), [WIDEST_COUNTER]),
        ruler_rows=max(1, round(RULER_MM / screen.row_mm)),
    )


def lines(settings: Settings, cells: int, rows: int) -> list[str]:
    """The page: what is to be measured, what comes out, the ruler, a number."""
    found, lang = measured(settings, cells, rows), settings.languages[0]
    verdict = "display.test_enough" if found.enough else "display.too_small"
    said = [
        text(lang, "display.test_screen", inches=f"{settings.screen_inches:g}", rows=rows),
        text(lang, "display.test_ruler", mm=_ruler_mm(found)),
        text(
            lang,
            "display.test_distance",
            metres=f"{settings.distance_m:g}",
            wanted=found.wanted_mm,
        ),
        text(lang, verdict, drawn=found.drawn_mm, wanted=found.wanted_mm, rows=rows),
        text(lang, "display.test_end"),
        "",
    ]
    return [*said, *_ruler(found, rows - len(said))]


def _ruler(found: Measured, room: int) -> list[str]:
    number = big(SAMPLE, found.rows) if found.rows else [SAMPLE]
    high = min(room, max(found.ruler_rows, len(number)))
    drawn = []
    for n in range(high):
        bar = "██" if n < found.ruler_rows else "  "
        drawn.append(f" {bar}    {number[n] if n < len(number) else ''}".rstrip())
    return drawn


def _ruler_mm(found: Measured) -> int:
    return round(found.ruler_rows * found.screen.row_mm)


class _Page(Widget):
    DEFAULT_CSS = "_Page { width: 100%; height: 100%; text-wrap: nowrap; }"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def render(self) -> RenderResult:
        return Content("\n".join(lines(self._settings, self.size.width, self.size.height)))


class SelfTest(App[bool], inherit_bindings=False):
    """Shows the page until a key is pressed; True when numbers are high enough."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c,ctrl+q", "end", show=False)
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = settings.theme
        self._settings = settings

    def compose(self) -> ComposeResult:
        """One page."""
        yield _Page(self._settings)

    def action_end(self) -> None:
        """Seen."""
        self.exit(measured(self._settings, self.size.width, self.size.height).enough)
