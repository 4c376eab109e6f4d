"""What screens are put together from: big words, a QR code, the banner of a cut connection.

Widgets know words and views, never the network. Text is always content, never markup: it may come
from outside.
"""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from shared.i18n import text
from shared.link import State
from shared.protocol import Language
from shared.ui.glyphs import big, has_drawing, rows_that_fit
from shared.ui.qr import half_blocks


class BigText(Widget):
    """Words as large as there is room, up to `rows_max` rows; plain where even the smallest drawing
    does not fit, or there is none."""

    DEFAULT_CSS = """
    BigText { width: 100%; height: auto; content-align: center middle; text-wrap: nowrap; }
    """

    words: reactive[str] = reactive("", layout=True)

    def __init__(self, words: str = "", *, rows_max: int = 7, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.rows_max = rows_max
        self.set_reactive(BigText.words, words)

    def lines_for(self, cells: int) -> list[str]:
        """The lines that are drawn in a place of that width."""
        rows = rows_that_fit(self.words, cells, self.rows_max) if has_drawing(self.words) else 0
        return big(self.words, rows) if self.words and rows else [self.words]

    def render(self) -> RenderResult:
        """The drawing."""
        return Content("\n".join(self.lines_for(self.content_size.width)))

    def get_content_height(self, _container: object, _viewport: object, width: int) -> int:
        """As many rows as the drawing has at that width."""
        return len(self.lines_for(width))


class QrCode(Widget):
    """An address for phones, in black on white whatever the theme; nothing without an address."""

    DEFAULT_CSS = """
    QrCode { width: auto; height: auto; color: #ffffff; background: #000000; }
    """

    address: reactive[str] = reactive("", layout=True)

    def __init__(self, address: str = "", *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.set_reactive(QrCode.address, address)

    def render(self) -> RenderResult:
        """The drawing."""
        return Content("\n".join(self._lines()))

    def get_content_width(self, _container: object, _viewport: object) -> int:
        """As wide as the code."""
        return len(self._lines()[0]) if self.address else 0

    def get_content_height(self, _container: object, _viewport: object, _width: int) -> int:
        """As high as the code."""
        return len(self._lines())

    def _lines(self) -> tuple[str, ...]:
        return half_blocks(self.address) if self.address else ()


class Banner(Widget):
    """Says that what is shown is not current, and since when; nothing while it is."""

    DEFAULT_CSS = """
    Banner {
        dock: top; height: auto; padding: 0 1; display: none;
        background: $warning; color: $on-warning; text-style: bold; text-align: center;
    }
    Banner.-shown { display: block; }
    """

    state: reactive[State] = reactive[State]("connecting")
    language: reactive[Language] = reactive[Language]("zh")
    as_of: reactive[str] = reactive("")
    why: reactive[str] = reactive("")

    def watch_state(self) -> None:
        """Shown when something is to be said."""
        self._look()

    def watch_as_of(self) -> None:
        """The first view makes a connecting screen one that has lost its server."""
        self._look()

    def watch_why(self) -> None:
        """As soon as there is a reason."""
        self._look()

    def render(self) -> RenderResult:
        """The sentence."""
        return Content(self.sentence)

    @property
    def sentence(self) -> str:
        """What it says now; "" while all is well."""
        if self.state == "refused":
            return self.why or text(self.language, "link.state.refused")
        if self.state != "live" and not self.as_of:
            return text(self.language, "link.state.connecting")
        # Reconnecting takes a moment now and then; only what is stale is said to be.
        return text(self.language, "link.as_of", time=self.as_of) if self.state == "stale" else ""

    def _look(self) -> None:
        self.set_class(bool(self.sentence), "-shown")


def cells(words: str) -> int:
    """How wide words are on a terminal: a Chinese character takes two cells."""
    return cell_len(words)
