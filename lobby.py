"""The `lobby` command: the only file that knows every program. It imports them when asked for.

Exit codes: 0 fine, 1 refused or faults found, 2 wrong usage, 3 a fault of ours.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from desk import arguments as desk_arguments

FINE: Final = 0
REFUSED: Final = 1
WRONG_USAGE: Final = 2  # argparse exits with it
FAULT: Final = 3

ABOUT: Final = """\
Lobby, a queue system for bank branches: numbers, calls, screens, waits.

Everything of a server lies in one data folder. Nothing has to be there: the first start makes
what is missing and runs an example branch.

  lobby.toml          where to listen, the address for phones, TLS
  branches/<id>.toml  one file for each branch: services, counters, hours
  keys/               the keys of ticket links and of passwords; keep a copy elsewhere
  credentials.json    hashes of passwords, PINs and one-time codes
  lobby.sqlite        the journal: all that ever happened

The first start prints a set-up code: `lobby setup` makes the first administrator with it, who
then adds accounts (`lobby staff`) and terminals (`lobby station`, `lobby pair`).
"""

ENDINGS: Final = "Ends with 0 when all is well, 1 when refused, 2 on wrong usage, 3 on a fault."

DATA: Final = Path("lobby-data")

FIRST_YEAR: Final = 1971
LAST_YEAR: Final = 2200
"""What computers and calendars agree about."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return FINE
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as error:
        from server.reports.one_day import NothingToReport
        from server.serve import OPERATING_ERRORS
        from server.show import NothingToShow

        if isinstance(error, (*OPERATING_ERRORS, NothingToShow, NothingToReport)):
            print(f"lobby: {error}", file=sys.stderr)
            return REFUSED
        logging.getLogger("lobby").exception("lobby has met a fault of its own; please report it")
        return FAULT
    return code


# --- What can be asked for -------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lobby",
        description=ABOUT,
        epilog=ENDINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands)
    _add_check(commands)
    _add_show(commands)
    _add_report(commands)
    _add_demo(commands)
    desk_arguments.add(commands, _desk)
    return parser


_Commands = argparse._SubParsersAction  # argparse has no public name for it


def _add_serve(commands: _Commands[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="run the server of one or more branches")
    _add_data(serve)
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
    serve.set_defaults(run=_serve, usage=serve.error)


def _add_check(commands: _Commands[argparse.ArgumentParser]) -> None:
    check = commands.add_parser("check", help="look for mistakes in the configuration")
    _add_data(check)
    check.set_defaults(run=_check)


def _add_show(commands: _Commands[argparse.ArgumentParser]) -> None:
    show = commands.add_parser("show", help="tell what happened, from the journal")
    _add_data(show)
    show.add_argument("--branch", help="one branch only (default: every branch)")
    some = show.add_mutually_exclusive_group()
    some.add_argument("--day", type=_day, help="one business day only, such as 2026-11-23")
    some.add_argument(
        "--follow",
        action="store_true",
        help="the last few lines, then all that happens from now on",
    )
    _add_language(show)
    show.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    show.set_defaults(run=_show, usage=show.error)


def _add_report(commands: _Commands[argparse.ArgumentParser]) -> None:
    report = commands.add_parser("report", help="figures, from the journal")
    kinds = report.add_subparsers(title="reports", metavar="REPORT", required=True)
    day = kinds.add_parser("day", help="waits, service, counters and cover of one business day")
    _add_data(day)
    day.add_argument("--branch", help="one branch only (default: every branch)")
    day.add_argument("--day", type=_day, help="such as 2026-11-23 (default: the last one)")
    day.add_argument("--rehearsal", action="store_true", help="of a rehearsal, and marked as one")
    _add_language(day)
    form = day.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, for programs")
    form.add_argument("--csv", action="store_true", help="all tables, for a spreadsheet")
    day.set_defaults(run=_report_day, follow=False)


def _add_demo(commands: _Commands[argparse.ArgumentParser]) -> None:
    if importlib.util.find_spec("play") is None:
        return
    demo = commands.add_parser("demo", help="play half an hour of a branch, to look at")
    _add_language(demo)
    demo.set_defaults(run=_demo)


def _add_language(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--language", choices=("zh", "en"), default=_language(), help="default: the system's"
    )


def _language() -> str:
    """The language of whoever sits here: English where nothing says Chinese."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, names), "").startswith("zh") else "en"


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help=f"default: ./{DATA}"
    )


# --- The commands ----------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    from server import logs
    from server.serve import Rehearsal, run, serve

    if not options.rehearsal and (options.start or options.rate):
        options.usage("--start and --rate need --rehearsal: real days keep to the real clock")
    logs.set_up()
    rehearsal = Rehearsal(options.start, options.rate or 1.0) if options.rehearsal else None
    run(serve(options.data, host=options.host, port=options.port, rehearsal=rehearsal, tell=_tell))
    return FINE


def _check(options: argparse.Namespace) -> int:
    from server.config import errors_in, load_data_folder

    if not options.data.is_dir():
        print(f"{options.data} is no folder; name the server's with --data.")
        return REFUSED
    errors = list(errors_in(options.data))
    for error in errors:
        print(error)
    if errors:
        return REFUSED
    branches = load_data_folder(options.data)[1]
    example = "" if (options.data / "branches").is_dir() else " (the example that comes with Lobby)"
    print(f"No mistakes found. Branches: {', '.join(branches)}{example}")
    return FINE


def _show(options: argparse.Namespace) -> int:
    from server import show
    from server.config import load_data_folder

    database = options.data / load_data_folder(options.data)[0].database
    with show.opened(database) as journal:
        for branch in _branches_to_show(options, journal.branches()):
            if options.follow:
                rows = journal.follow(branch, show.pause)
            elif options.day:
                rows = journal.day(branch, options.day)
            else:
                rows = journal.rows(branch)
            if options.json:
                lines = show.objects(branch, rows)
            else:
                lines = show.sentences(journal, branch, rows, options.language)
            for line in lines:
                print(line, flush=options.follow)
    return FINE


def _report_day(options: argparse.Namespace) -> int:
    from server import show
    from server.config import load_data_folder
    from server.reports import screen, tables
    from server.reports.day import figures
    from server.reports.report import Kind
    from shared.i18n import text

    kind: Kind = "rehearsal" if options.rehearsal else "real"
    database = options.data / load_data_folder(options.data)[0].database
    with show.opened(database) as journal:
        for branch in _branches_to_show(options, journal.branches()):
            report = figures(journal.events_of(branch, options.day), options.day, kind)
            if options.csv:
                sys.stdout.write(tables.all_in_one(report))
            elif options.json:
                print(tables.json(report))
            else:
                print("\n".join(screen.lines(report, options.language, text)))
    return FINE


def _branches_to_show(options: argparse.Namespace, known: list[str]) -> list[str]:
    from server.show import NothingToShow

    if options.branch is None:
        if options.follow and len(known) > 1:
            options.usage(f"--follow needs one --branch: {', '.join(known)}")
        return known
    if options.branch not in known:
        raise NothingToShow(f"The journal has no such branch; it has {', '.join(known)}.")
    return [options.branch]


def _desk(options: argparse.Namespace) -> int:
    from desk import orders

    logging.getLogger("shared").setLevel(logging.ERROR)
    return orders.run(options)


def _demo(options: argparse.Namespace) -> int:
    from play.demo import Plan, run

    return run(Plan(language=options.language))


def _tell(sentence: str) -> None:
    print(sentence, flush=True)


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


def _day(typed: str) -> str:
    expected = f"a day is written like 2026-11-23, not {typed!r}"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
        raise argparse.ArgumentTypeError(expected)
    try:
        return datetime.fromisoformat(typed).date().isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(expected) from None


if __name__ == "__main__":
    sys.exit(main())
