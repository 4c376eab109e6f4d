"""What screens are put together from: big words, a QR code, the banner of a cut connection.

Widgets know words and views, never the network. Text is always content, never markup: it may come
from outside.
"""

from __future__ import annotations

from msgspec import Struct
from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from shared.i18n import text
from shared.link import State
from shared.protocol import Language
from shared.ui.glyphs import drawn
from shared.ui.qr import half_blocks


class BigText(Widget):
    """Words as large as there is room, up to `rows_max` rows a line; broken into as many as
    `lines_max` lines; plain where even the smallest drawing does not fit, or there is none."""

    DEFAULT_CSS = """
    BigText { width: 100%; height: auto; content-align: center middle; text-wrap: nowrap; }
    """

    words: reactive[str] = reactive("", layout=True)

    def __init__(
        self, words: str = "", *, rows_max: int = 7, lines_max: int = 1, classes: str = ""
    ) -> None:
        super().__init__(classes=classes)
        self.rows_max = rows_max
        self.lines_max = lines_max
        self.set_reactive(BigText.words, words)

    def lines_for(self, cells: int) -> list[str]:
        """The lines that are drawn in a place of that width."""
        return drawn(self.words, cells, self.rows_max, self.lines_max) or [self.words]

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


class Status(Struct, frozen=True):
    """How the link is, since which view, why it was refused; and whether the server can write."""

    state: State = "connecting"
    language: Language = "zh"
    as_of: str = ""
    why: str = ""
    read_only: bool = False


class Banner(Widget):
    """Says that what is shown is not current, and since when, or that the server cannot write;
    nothing while all is well."""

    DEFAULT_CSS = """
    Banner {
        dock: top; height: auto; padding: 0 1; display: none;
        background: $warning; color: $on-warning; text-style: bold; text-align: center;
    }
    Banner.-shown { display: block; }
    """

    status: reactive[Status] = reactive(Status())

    def __init__(self, status: Status | None = None) -> None:
        super().__init__()
        self.set_reactive(Banner.status, status or Status())

    def on_mount(self) -> None:
        """Shown when something is to be said."""
        self.watch_status()

    def watch_status(self) -> None:
        """Shown when something is to be said, and as long as that is so."""
        self.set_class(bool(self.sentence), "-shown")

    def render(self) -> RenderResult:
        """The sentence."""
        return Content(self.sentence)

    @property
    def sentence(self) -> str:
        """What it says now; "" while all is well."""
        status = self.status
        if status.state == "refused":
            return status.why or text(status.language, "link.state.refused")
        if status.state != "live" and not status.as_of:
            return text(status.language, "link.state.connecting")
        # Reconnecting takes a moment now and then; only what is stale is said to be.
        if status.state == "stale":
            return text(status.language, "link.as_of", time=status.as_of)
        return text(status.language, "link.read_only") if status.read_only else ""


def cells(words: str) -> int:
    """How wide words are on a terminal: a Chinese character takes two cells."""
    return cell_len(words)
