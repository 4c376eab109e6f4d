"""What `lobby voice` understands. Light: imported at every start."""

from __future__ import annotations

from pathlib import Path

from shared.arguments import Commands, Run


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    voice = commands.add_parser("voice", help="make the clips that calls are spoken with")
    actions = voice.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action, about in (
        ("build", "make them with espeak-ng; recordings of your own are used before them"),
        ("list", "print the name of each clip and what it says: for whoever records them"),
    ):
        one = actions.add_parser(action, help=about)
        one.add_argument(
            "--to",
            type=Path,
            default=Path("voice"),
            metavar="FOLDER",
            help="where the clips lie (default: voice)",
        )
        one.add_argument(
            "--branch-file",
            type=Path,
            metavar="FILE",
            help="the branch's file, for the spoken names of its counters",
        )
        one.add_argument(
            "--language",
            dest="languages",
            action="append",
            choices=("zh", "en"),
            help="only this one; may be given twice (default: both)",
        )
        one.set_defaults(run=run, action=action)
