"""What `lobby demo` understands. Light: imported at every start."""

from __future__ import annotations

from shared.arguments import Commands, Run, add_language


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    demo = commands.add_parser("demo", help="play half an hour of a branch, to look at")
    add_language(demo)
    demo.set_defaults(run=run)
