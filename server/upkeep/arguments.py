"""What `lobby init`, `check`, `calendar`, `appointments`, `backup`, `restore` and `verify`
understand. Light: imported at every start."""

from __future__ import annotations

import argparse
import re
from datetime import date
from pathlib import Path

from server.arguments import add_data
from shared.arguments import Commands, Run, add_language


def add(commands: Commands, run: Run) -> None:
    """Add them to the commands of `lobby`; `run` carries each of them out."""
    _add_init(commands, run)
    _add_check(commands, run)
    _add_calendar(commands, run)
    _add_appointments(commands, run)
    _add_backup(commands, run)
    _add_restore(commands, run)
    _add_verify(commands, run)


def _add_init(commands: Commands, run: Run) -> None:
    init = commands.add_parser(
        "init", help="make a data folder: configuration, keys, the first administrator's code"
    )
    add_data(init)
    init.add_argument("--id", metavar="ID", help="the branch's id, for ever (default: main)")
    init.add_argument("--name-zh", metavar="NAME", help="what the branch is called in Chinese")
    init.add_argument("--name-en", metavar="NAME", help="what the branch is called in English")
    init.add_argument("--time-zone", metavar="ZONE", help="where it is, such as Asia/Shanghai")
    some = init.add_mutually_exclusive_group()
    some.add_argument("--yes", action="store_true", help="ask nothing; take the defaults")
    some.add_argument(
        "--new-code",
        action="store_true",
        help="only make another set-up code, in a folder that nobody looks after yet",
    )
    _finish(init, run, "init")


def _add_check(commands: Commands, run: Run) -> None:
    check = commands.add_parser("check", help="look for mistakes in the configuration and the keys")
    add_data(check)
    add_language(check)
    check.set_defaults(run=run, order="check")


def _add_calendar(commands: Commands, run: Run) -> None:
    calendar = commands.add_parser("calendar", help="look after the special days of a branch")
    orders = calendar.add_subparsers(title="orders", metavar="ORDER", required=True)
    import_ = orders.add_parser(
        "import", help="write a year's public holidays and swapped working days into its file"
    )
    add_data(import_)
    import_.add_argument("--branch", metavar="ID", help="needed where there are several")
    import_.add_argument(
        "--country", metavar="CODE", required=True, help="as ISO 3166 has it, such as CN"
    )
    import_.add_argument("--subdivision", metavar="CODE", help="a part of it with its own days")
    import_.add_argument(
        "--year", type=_year, metavar="YEAR", required=True, help="one year at a time"
    )
    import_.add_argument(
        "--worked-like",
        choices=("mon", "tue", "wed", "thu", "fri"),
        default="mon",
        help="whose hours a weekend has that is worked instead (default: mon)",
    )
    _finish(import_, run, "calendar")


def _add_appointments(commands: Commands, run: Run) -> None:
    appointments = commands.add_parser(
        "appointments", help="a branch's appointments as a table, in and out, and as calendars"
    )
    orders = appointments.add_subparsers(title="orders", metavar="ORDER", required=True)
    import_ = orders.add_parser(
        "import", help="book a table of them, all or none, while no server runs"
    )
    import_.add_argument("file", type=Path, metavar="FILE", help="CSV; see docs/appointments.md")
    import_.add_argument(
        "--try", dest="dry", action="store_true", help="only look whether all could be booked"
    )
    export = orders.add_parser("export", help="print them as CSV, beside a running server")
    export.add_argument("--from", dest="first", type=_day, metavar="DAY", help="from this date on")
    export.add_argument("--to", dest="last", type=_day, metavar="DAY", help="up to this date")
    feeds = orders.add_parser(
        "feeds", help="print the secret addresses of the calendars of services and counters"
    )
    for command, order in (
        (import_, "appointments import"),
        (export, "appointments export"),
        (feeds, "appointments feeds"),
    ):
        add_data(command)
        command.add_argument("--branch", metavar="ID", help="needed where there are several")
        _finish(command, run, order)


def _add_backup(commands: Commands, run: Run) -> None:
    backup = commands.add_parser(
        "backup", help="copy the journal, beside a running server, and prove the copy"
    )
    add_data(backup)
    backup.add_argument(
        "--to",
        metavar="FILE|FOLDER",
        help="default: what lobby.toml says, else the folder backups in the data folder",
    )
    backup.add_argument(
        "--keep", type=_count, metavar="N", help="of the backups in that folder, keep the N newest"
    )
    _finish(backup, run, "backup")


def _add_restore(commands: Commands, run: Run) -> None:
    restore = commands.add_parser(
        "restore", help="put a backup in the journal's place, while no server runs"
    )
    restore.add_argument("backup", type=Path, metavar="BACKUP", help="as made by lobby backup")
    add_data(restore)
    _finish(restore, run, "restore")


def _add_verify(commands: Commands, run: Run) -> None:
    verify = commands.add_parser(
        "verify", help="prove a whole journal, row by row, beside a running server"
    )
    verify.add_argument(
        "file", nargs="?", type=Path, metavar="BACKUP", help="a backup (default: the data folder's)"
    )
    add_data(verify)
    verify.add_argument(
        "--noted",
        action="append",
        default=[],
        type=_noted,
        metavar="STREAM:ROW:HASH",
        help="an end that was noted down earlier must still be there; may be repeated",
    )
    _finish(verify, run, "verify")


def _finish(command: argparse.ArgumentParser, run: Run, order: str) -> None:
    add_language(command)
    command.add_argument("--json", action="store_true", help="one JSON object, for programs")
    command.set_defaults(run=run, order=order, usage=command.error)


# --- What was typed --------------------------------------------------------------------------


def _count(typed: str) -> int:
    if not typed.isdecimal() or not 0 < int(typed) <= 100_000:
        raise argparse.ArgumentTypeError(f"a number above 0, not {typed!r}")
    return int(typed)


def _day(typed: str) -> str:
    expected = f"a day is written like 2027-03-01, not {typed!r}"
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
            return date.fromisoformat(typed).isoformat()
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(expected)


def _year(typed: str) -> int:
    if not typed.isdecimal() or not 2000 <= int(typed) <= 2099:
        raise argparse.ArgumentTypeError(f"a year such as 2027, not {typed!r}")
    return int(typed)


def _noted(typed: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"([0-9A-Za-z_-]{1,32}):(\d{1,18}):([0-9a-f]{64})", typed)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"written like main:1204:5f3c…, as lobby verify prints it, not {typed!r}"
        )
    return found[1], int(found[2]), found[3]
