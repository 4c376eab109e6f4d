"""What `lobby web` understands. Light: imported at every start."""

from __future__ import annotations

import argparse
import re
from typing import Final

from shared.arguments import Commands, Run, add_language

ADDRESS: Final = "127.0.0.1"
PORT: Final = 8471
COLUMNS_MIN: Final = 40
COLUMNS_MAX: Final = 300


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    web = commands.add_parser(
        "web",
        help="serve paired terminals to browsers, such as a kiosk's",
        description="Serves a page for each station named: the program of that station runs here, "
        "for as long as the page is open, and the browser shows it. There is no password on it "
        "and no encryption: whoever reaches the page uses the terminal. docs/web.md tells more.",
    )
    web.add_argument(
        "stations",
        nargs="*",
        metavar="PROGRAM[=FILE]",
        help="a program, and the secret of its station, from `lobby pair` (default: "
        "lobby-PROGRAM.json); its settings are the .toml beside, where there is one",
    )
    web.add_argument("--list", action="store_true", help="print which programs there are, and end")
    web.add_argument("--address", default=ADDRESS, help=f"where to listen (default: {ADDRESS})")
    web.add_argument(
        "--port", type=_port, default=PORT, help=f"0: a free one, which is told (default: {PORT})"
    )
    web.add_argument(
        "--trusted-network",
        action="store_true",
        help="listen beyond this machine: everybody on that network may use these terminals",
    )
    web.add_argument(
        "--allowed-origin",
        action="append",
        default=[],
        metavar="URL",
        help="a name under which browsers find the pages, such as https://kiosk.example.com; "
        "addresses in digits always are; may be given several times",
    )
    web.add_argument(
        "--columns", type=_columns, help="so many characters across the page (default: by program)"
    )
    web.add_argument(
        "--font",
        type=_font,
        help="a font of the browser's machine; Chinese has to be twice as wide as Latin in it",
    )
    add_language(web)
    web.set_defaults(run=run)


def _port(typed: str) -> int:
    if not typed.isdecimal() or int(typed) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {typed!r}")
    return int(typed)


def _columns(typed: str) -> int:
    if not typed.isdecimal() or not COLUMNS_MIN <= int(typed) <= COLUMNS_MAX:
        expected = f"columns are a number from {COLUMNS_MIN} to {COLUMNS_MAX}, not {typed!r}"
        raise argparse.ArgumentTypeError(expected)
    return int(typed)


def _font(typed: str) -> str:
    # It is put into a style sheet: no more than the name of a font may get there.
    if not re.fullmatch(r"[\w .+-]{1,80}", typed):
        raise argparse.ArgumentTypeError(f"the name of a font is expected, not {typed!r}")
    return typed
