"""What `lobby rate` understands. Light: imported at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run, add_pin

SECRET_FILE: Final = Path("lobby-rate.json")


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    rate = commands.add_parser("rate", help="run this terminal as the rating panel at a counter")
    rate.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of this station, from `lobby pair` (default: {SECRET_FILE})",
    )
    rate.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="language, colours, speech, device (default: the .toml of the secret's name)",
    )
    add_pin(rate)
    rate.set_defaults(run=run)
