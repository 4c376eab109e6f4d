"""Writes the terminals' units for systemd, and their users: they differ in little.

What a terminal opens beside its console is said here; the rest is in `systemd/terminal.template`.
The server's unit has nothing in common with them and is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from shared.arguments import LEFT

FOLDER: Final = Path(__file__).with_name("systemd")
TEMPLATE: Final = FOLDER / "terminal.template"

MADE: Final = (
    "# Made by `python -m docs.generate` from docs/systemd/terminal.template: change that.\n"
)
GAP: Final = re.compile(r"\{\{([a-z]+)\}\}")

PRINTER: Final = "a printer"
SOUND: Final = "loudspeakers"
DEVICES: Final = {
    PRINTER: ("lp", ("char-lp rw", "char-usb rw")),
    SOUND: ("audio", ("char-alsa rw",)),
}
"""By what they are: the group they belong to, and the devices."""

TEXTUAL: Final = (
    "TEXTUAL",
    "TEXTUAL_COLOR_SYSTEM",
    "TEXTUAL_DEBUG",
    "TEXTUAL_DRIVER",
    "TEXTUAL_LOG",
    "TEXTUAL_PRESS",
    "TEXTUAL_SCREENSHOT",
    "TEXTUAL_SCREENSHOT_FILENAME",
    "TEXTUAL_SCREENSHOT_LOCATION",
    "TEXTUAL_SHOW_RETURN",
)
"""What makes Textual write files, press keys or print: not from the outside."""


class Terminal(Struct, frozen=True):
    """What it is, and what it opens."""

    what: str
    opens: tuple[str, ...]


TERMINALS: Final = {
    "kiosk": Terminal("The kiosk", (PRINTER, SOUND)),
    "counter": Terminal("A counter", (PRINTER,)),
    "rate": Terminal("The rating panel", (SOUND,)),
    "display": Terminal("The lobby display", (SOUND,)),
}


def units() -> dict[Path, str]:
    """Every terminal's unit, and the users of all, as they should be."""
    made = {FOLDER / f"lobby-{program}@.service": unit(program) for program in TERMINALS}
    return {**made, FOLDER / "sysusers.d" / "lobby.conf": users()}


def users() -> str:
    """One for each program, without a shell: what one of them may open, the others may not."""
    terminals = (
        f'u lobby-{program} - "Lobby: {terminal.what}" /var/lib/lobby-{program} /usr/sbin/nologin'
        for program, terminal in TERMINALS.items()
    )
    server = 'u lobby - "Lobby: the server" /srv/lobby /usr/sbin/nologin'
    return "\n".join([MADE.rstrip(), server, *terminals, ""])


def unit(program: str) -> str:
    """One of them."""
    opens = TERMINALS[program].opens
    groups = " ".join(DEVICES[one][0] for one in opens)
    devices = [f"DeviceAllow={device}" for one in opens for device in DEVICES[one][1]]
    gaps: Mapping[str, str] = {
        "program": program,
        "what": TERMINALS[program].what,
        "left": str(LEFT),
        "textual": " ".join(TEXTUAL),
        "opens": "".join(f", {one}" for one in opens),
        "devices": "\n".join([*devices, f"SupplementaryGroups={groups}"]),
    }
    return MADE + GAP.sub(lambda gap: gaps[gap[1]], TEMPLATE.read_text(encoding="utf-8"))
