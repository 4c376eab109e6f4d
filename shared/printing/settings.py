"""Where a terminal's printer is, and what it can do: a table of its settings file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from shared.printing.paper import Layout

if TYPE_CHECKING:
    from shared.printing.devices import Device
    from shared.printing.escpos import Width

PaperWidth: TypeAlias = Literal[58, 80]


class PrinterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the printer is, and what it can do. `at` is one of

    `/dev/usb/lp0` (a device file), `tcp:192.168.1.20:9100`, `lp:receipts` (a queue of the system's
    spooler), `png:papers` (a folder: nothing is printed, every paper is a picture).
    """

    at: Annotated[str, Meta(min_length=1, max_length=200)]
    paper_mm: PaperWidth = 58
    pictures: bool = False
    layout: Layout = "normal"

    @property
    def draws(self) -> bool:
        """Whether papers become pictures to be looked at."""
        return self.at.startswith("png:")

    @property
    def width(self) -> Width:
        """Of the paper."""
        from shared.printing.escpos import WIDE, Width  # not before there is a printer

        return WIDE if self.paper_mm == 80 else Width()

    def device(self) -> Device:
        """The way to the printer; ValueError when `at` says none."""
        from shared.printing.devices import DeviceFile, Folder, Spooler, TcpPrinter

        kind, _, rest = self.at.partition(":")
        match kind:
            case "tcp":
                host, _, port = rest.rpartition(":")
                return TcpPrinter(host, int(port)) if host else TcpPrinter(rest)
            case "lp":
                return Spooler(rest)
            case "png":
                return Folder(Path(rest))
            case _:
                return DeviceFile(Path(self.at))
