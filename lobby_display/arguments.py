"""What `lobby display` understands. Light: imported at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run

SECRET_FILE: Final = Path("lobby-display.json")


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    display = commands.add_parser("display", help="run this screen as the lobby's display of calls")
    display.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of this station, from `lobby pair` (default: {SECRET_FILE})",
    )
    display.add_argument(
        "--settings", type=Path, metavar="FILE", help="distance, screen, zone, playlist, voice"
    )
    display.add_argument(
        "--self-test",
        action="store_true",
        help="show a ruler and whether numbers are high enough to be read; needs no server",
    )
    display.set_defaults(run=run)
