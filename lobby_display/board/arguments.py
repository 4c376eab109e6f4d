"""What `lobby board` understands. Light: imported at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run

SECRET_FILE: Final = Path("lobby-board.json")


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    board = commands.add_parser(
        "board", help="run this terminal as the board of whoever is on duty in the lobby"
    )
    board.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of this station, from `lobby pair` (default: {SECRET_FILE})",
    )
    board.add_argument("--settings", type=Path, metavar="FILE", help="language, colours, printer")
    board.set_defaults(run=run)
