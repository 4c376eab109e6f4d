"""What `lobby demo` and `lobby play` understand. Light: imported at every start."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run, add_language

RATE: Final = 60.0
RATE_MAX: Final = 600.0
COUNTERS_MAX: Final = 99
SECRET_FILE: Final = Path("lobby-desk.json")


def add(commands: Commands, run: Run) -> None:
    """Add them to the commands of `lobby`; `run` carries them out."""
    demo = commands.add_parser("demo", help="play half an hour of a branch, to look at")
    demo.add_argument(
        "--stay", action="store_true", help="slower, and for hours: to look on and take part"
    )
    add_language(demo)
    demo.set_defaults(run=run, order="demo")
    _add_play(commands, run)


def _add_play(commands: Commands, run: Run) -> None:
    play = commands.add_parser(
        "play",
        help="play a day, generated or recorded, and hold the journal against it",
        description="Plays a day through real connections, as customers and staff would live it, "
        "at a server of its own or at one that runs as a rehearsal; then compares what the "
        "journal says with what was to happen. docs/play.md tells the whole.",
    )
    what = play.add_mutually_exclusive_group()
    what.add_argument(
        "--day", type=Path, metavar="FILE", help="a recorded day: CSV, also packed with gzip"
    )
    what.add_argument(
        "--generate",
        choices=("branch", "s3"),
        default="branch",
        help="a generated day: of the example branch, or of the scenario S3 (default: branch)",
    )
    play.add_argument("--date", help="which day, where the file holds several")
    play.add_argument("--seed", type=int, help="of a generated day (default: by chance, and told)")
    play.add_argument(
        "--rate",
        type=_rate,
        help=f"how many times the speed of life, up to {RATE_MAX:g} (default: {RATE:g})",
    )
    play.add_argument(
        "--counters",
        type=_counters,
        help="how many counters, where the day does not say (default: as many as it needs)",
    )
    play.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="play in this folder and keep it (default: one that is thrown away); with --url: "
        "where that server's journal lies, to be held against the day",
    )
    play.add_argument("--keep", action="store_true", help="keep the folder, and say where it is")
    _add_server(play)
    add_language(play)
    play.add_argument("--json", action="store_true", help="the result as one JSON object")
    play.set_defaults(run=run, order="play", usage=play.error)


def _add_server(play: argparse.ArgumentParser) -> None:
    there = play.add_argument_group("at a rehearsal that is running already")
    there.add_argument("--url", help="such as ws://127.0.0.1:8470/ws")
    there.add_argument("--branch", default="main", help="default: main")
    there.add_argument("--as", dest="staff", metavar="ID", help="the administrator's id")
    there.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of the administrator's desk (default: {SECRET_FILE})",
    )
    there.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="read the password from this file (default: ask for it on the terminal)",
    )
    there.add_argument("--otp", default="", help="the one-time password of an authenticator")


def _rate(typed: str) -> float:
    try:
        rate = float(typed)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= RATE_MAX:
        expected = f"a rate is a number above 0 and up to {RATE_MAX:g}, not {typed!r}"
        raise argparse.ArgumentTypeError(expected)
    return rate


def _counters(typed: str) -> int:
    if not typed.isdecimal() or not 1 <= int(typed) <= COUNTERS_MAX:
        expected = f"counters are a number from 1 to {COUNTERS_MAX}, not {typed!r}"
        raise argparse.ArgumentTypeError(expected)
    return int(typed)
