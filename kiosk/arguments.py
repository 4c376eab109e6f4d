"""What `lobby kiosk` understands. Light: imported at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run, add_pin

SECRET_FILE: Final = Path("lobby-kiosk.json")


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    kiosk = commands.add_parser("kiosk", help="run this terminal as a kiosk that gives numbers")
    kiosk.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of this station, from `lobby pair` (default: {SECRET_FILE})",
    )
    kiosk.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="language, colours, times, printer (default: the .toml of the secret's name)",
    )
    add_pin(kiosk)
    kiosk.set_defaults(run=run)
