"""What `lobby counter` understands. Light: imported at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run

SECRET_FILE: Final = Path("lobby-counter.json")


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    counter = commands.add_parser("counter", help="run this terminal as a teller's counter")
    counter.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of this station, from `lobby pair` (default: {SECRET_FILE})",
    )
    counter.add_argument(
        "--settings", type=Path, metavar="FILE", help="language, colours, speech, printer"
    )
    counter.set_defaults(run=run)
