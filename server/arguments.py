"""What `lobby serve`, `show`, `report`, `accuracy` and `tune` understand. Light: imported at every
start."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path
from typing import Final

from shared.arguments import Commands, Run, add_language

DATA: Final = Path("lobby-data")

FIRST_YEAR: Final = 1971
LAST_YEAR: Final = 2200
"""What computers and calendars agree about."""


def add(commands: Commands, *, serve: Run, run: Run) -> None:
    """Add them to the commands of `lobby`; `run` carries out those that need no server."""
    _add_serve(commands, serve)
    _add_show(commands, run)
    _add_report(commands, run)
    _add_accuracy(commands, run)
    _add_tune(commands, run)


def add_data(command: argparse.ArgumentParser) -> None:
    """Let a command work on a data folder."""
    command.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help=f"default: ./{DATA}"
    )


def _add_serve(commands: Commands, run: Run) -> None:
    serve = commands.add_parser("serve", help="run the server of one or more branches")
    add_data(serve)
    serve.add_argument("--host", help="listen on this address (default: what lobby.toml says)")
    serve.add_argument("--port", type=_port, help="listen on this port; 0 takes any free one")
    serve.add_argument(
        "--rehearsal",
        action="store_true",
        help="play days for practice; the journal is marked and never counted",
    )
    serve.add_argument(
        "--start", type=_moment, help="when a rehearsal begins, such as 2026-11-23T08:30"
    )
    serve.add_argument(
        "--rate", type=_rate, help="how many times as fast a rehearsal's clock runs (default: 1)"
    )
    serve.set_defaults(run=run, usage=serve.error)


def _add_show(commands: Commands, run: Run) -> None:
    show = commands.add_parser("show", help="tell what happened, from the journal")
    add_data(show)
    show.add_argument(
        "--branch", help="one branch only, or house: people and stations (default: all)"
    )
    some = show.add_mutually_exclusive_group()
    some.add_argument("--day", type=_day, help="one business day only, such as 2026-11-23")
    some.add_argument(
        "--follow",
        action="store_true",
        help="the last few lines, then all that happens from now on",
    )
    add_language(show)
    show.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    show.set_defaults(run=run, order="show", usage=show.error)


def _add_report(commands: Commands, run: Run) -> None:
    report = commands.add_parser("report", help="figures, from the journal")
    kinds = report.add_subparsers(title="reports", metavar="REPORT", required=True)
    day = kinds.add_parser("day", help="waits, service, counters and cover of one business day")
    add_data(day)
    day.add_argument("--branch", help="one branch only (default: every branch)")
    day.add_argument("--day", type=_day, help="such as 2026-11-23 (default: the last one)")
    day.add_argument("--rehearsal", action="store_true", help="of a rehearsal, and marked as one")
    add_language(day)
    form = day.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, for programs")
    form.add_argument("--csv", action="store_true", help="all tables, for a spreadsheet")
    day.set_defaults(run=run, order="report day", follow=False)
    ratings = kinds.add_parser(
        "ratings", help="ratings of one month, and who has too few customers answer"
    )
    add_data(ratings)
    ratings.add_argument("--branch", help="one branch only (default: every branch)")
    ratings.add_argument("--month", type=_month, required=True, help="such as 2026-11")
    ratings.add_argument("--rehearsal", action="store_true", help="of a rehearsal")
    add_language(ratings)
    ratings.add_argument("--json", action="store_true", help="one JSON object, for programs")
    ratings.set_defaults(run=run, order="report ratings", follow=False)
    fairness = kinds.add_parser(
        "fairness", help="waits by lane, and who was overtaken, in one month"
    )
    add_data(fairness)
    fairness.add_argument("--branch", help="one branch only (default: every branch)")
    fairness.add_argument("--month", type=_month, required=True, help="such as 2026-11")
    fairness.add_argument("--rehearsal", action="store_true", help="of a rehearsal")
    add_language(fairness)
    fairness.add_argument("--json", action="store_true", help="one JSON object, for programs")
    fairness.set_defaults(run=run, order="report fairness", follow=False)


def _add_accuracy(commands: Commands, run: Run) -> None:
    accuracy = commands.add_parser(
        "accuracy", help="how well the waits that people were told have held"
    )
    add_data(accuracy)
    accuracy.add_argument("--branch", help="one branch only (default: every branch)")
    accuracy.add_argument(
        "--from",
        type=_day,
        dest="first",
        metavar="DAY",
        help="such as 2026-11-02 (default: twelve weeks before the last week)",
    )
    accuracy.add_argument(
        "--to", type=_day, dest="last", metavar="DAY", help="default: the last day there is"
    )
    add_language(accuracy)
    accuracy.add_argument("--json", action="store_true", help="one JSON object a branch")
    accuracy.set_defaults(run=run, order="accuracy", follow=False)


def _add_tune(commands: Commands, run: Run) -> None:
    tune = commands.add_parser(
        "tune", help="play the last four weeks by other weights of the rule, and propose some"
    )
    add_data(tune)
    tune.add_argument("--branch", help="one branch only (default: every branch)")
    tune.add_argument(
        "--to", type=_day, dest="last", metavar="DAY", help="default: the last day there is"
    )
    tune.add_argument("--rehearsal", action="store_true", help="of a rehearsal")
    add_language(tune)
    tune.add_argument("--json", action="store_true", help="one JSON object a branch, for programs")
    tune.set_defaults(run=run, order="tune", follow=False)


# --- What was typed --------------------------------------------------------------------------


def _port(typed: str) -> int:
    if not typed.isdecimal() or int(typed) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number up to 65535, not {typed!r}")
    return int(typed)


def _rate(typed: str) -> float:
    try:
        rate = float(typed)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:
        raise argparse.ArgumentTypeError(f"a rate is a number above 0, not {typed!r}")
    return rate


def _moment(typed: str) -> datetime:
    expected = f"a moment of these centuries is written like 2026-11-23T08:30, not {typed!r}"
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(expected) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise argparse.ArgumentTypeError(expected)
    return moment


def _month(typed: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", typed):
        raise argparse.ArgumentTypeError(f"a month is written like 2026-11, not {typed!r}")
    return typed


def _day(typed: str) -> str:
    expected = f"a day is written like 2026-11-23, not {typed!r}"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
        raise argparse.ArgumentTypeError(expected)
    try:
        return datetime.fromisoformat(typed).date().isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(expected) from None
