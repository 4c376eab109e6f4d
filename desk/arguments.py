"""What the administrator's commands understand. Light: imported at every start."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, get_args

from shared.arguments import Commands, Run, add_language
from shared.protocol import ExportForm, ExportWhat, RoleAt, StaffRole, StationKind

SECRET_FILE: Final = Path("lobby-desk.json")
URL: Final = "ws://127.0.0.1:8470/ws"

STAFF: Final = {
    "disable": "let somebody sign in no more",
    "enable": "let somebody sign in again",
    "reset": "forget somebody's secret, and make a one-time code",
    "unlock": "let somebody try again after too many wrong tries",
}


def add(commands: Commands, run: Run) -> None:
    """Add them to the commands of `lobby`; `run` carries each of them out."""
    _add_setup(commands, run)
    _add_pair(commands, run)
    _add_staff(commands, run)
    _add_station(commands, run)
    _add_reload(commands, run)
    _add_person(commands, run)
    _add_export(commands, run)


def _add_setup(commands: Commands, run: Run) -> None:
    setup = commands.add_parser("setup", help="make the first administrator of a new server")
    _add_server(setup)
    setup.add_argument("--code", required=True, help="as printed when the server started")
    setup.add_argument("--staff", required=True, metavar="ID", help="the administrator's id")
    _add_passwords(setup)
    setup.set_defaults(run=run, order="setup")


def _add_pair(commands: Commands, run: Run) -> None:
    pair = commands.add_parser("pair", help="make this terminal a station")
    _add_server(pair)
    pair.add_argument("--code", required=True, help="from the administrator")
    pair.add_argument("--branch", default="", help="needed where the server has several")
    pair.set_defaults(run=run, order="pair")


def _add_staff(commands: Commands, run: Run) -> None:
    staff = commands.add_parser("staff", help="accounts: who may sign in, and as what")
    orders = staff.add_subparsers(metavar="ORDER", required=True)
    for name, help_ in (("add", "make an account"), ("roles", "set all roles of an account")):
        order = _order(orders, name, help_, run, f"staff {name}")
        order.add_argument("id")
        order.add_argument(
            "--role",
            dest="roles",
            action="append",
            type=role_at,
            required=True,
            metavar="ROLE@BRANCH",
            help="such as teller@main; administrator and auditor without a branch; may be repeated",
        )
    for name, help_ in STAFF.items():
        _order(orders, name, help_, run, f"staff {name}").add_argument("id")
    _order(orders, "list", "all accounts", run, "staff list")
    choose = orders.add_parser("secret", help="choose an own password or PIN, at this station")
    choose.add_argument("id")
    choose.add_argument("--secret-file", type=Path, default=SECRET_FILE, metavar="FILE")
    choose.add_argument("--password-file", type=Path, metavar="FILE", help="the new one")
    choose.add_argument("--old-file", type=Path, metavar="FILE", help="the old one, or the code")
    _add_forms(choose)
    choose.set_defaults(run=run, order="staff secret")


def _add_station(commands: Commands, run: Run) -> None:
    station = commands.add_parser("station", help="terminals: which may connect, and as what")
    orders = station.add_subparsers(metavar="ORDER", required=True)
    invite = _order(orders, "invite", "make a one-time code for a terminal", run, "station invite")
    invite.add_argument("kind", choices=get_args(StationKind))
    invite.add_argument("--branch", required=True)
    invite.add_argument("--counter", type=int, help="the number of its counter")
    invite.add_argument("--name", default="", help="what to call it")
    cancel = _order(orders, "cancel", "make the code of an invitation void", run, "station cancel")
    cancel.add_argument("invitation", type=int, help="its number, as in the list")
    rename = _order(orders, "rename", "give a station another name", run, "station rename")
    rename.add_argument("id")
    rename.add_argument("name")
    revoke = _order(orders, "revoke", "lock a station out for ever", run, "station revoke")
    revoke.add_argument("id")
    _order(orders, "list", "all stations, and who was invited", run, "station list")


def _add_reload(commands: Commands, run: Run) -> None:
    reload = _order(commands, "reload", "put changed configuration files in force", run, "reload")
    reload.add_argument(
        "--yes", action="store_true", help="without asking; what would change is told all the same"
    )


def _add_export(commands: Commands, run: Run) -> None:
    export = _order(commands, "export", "take data out, as a file", run, "export")
    export.add_argument(
        "what",
        choices=get_args(ExportWhat),
        help="finished transactions or all events of a branch; house: people and terminals",
    )
    export.add_argument("--branch", help="which; house needs none")
    export.add_argument("--from", dest="first_day", required=True, metavar="DAY", help="2026-11-23")
    export.add_argument("--to", dest="last_day", metavar="DAY", help="default: the same day")
    export.add_argument("--reason", required=True, help="why, in words; written down")
    export.add_argument("--form", choices=get_args(ExportForm), default="csv")
    export.add_argument(
        "--output", type=Path, metavar="FILE", help="default: named after what is in it"
    )


def _add_person(commands: Commands, run: Run) -> None:
    person = commands.add_parser("person", help="what is kept of one person, at its own request")
    orders = person.add_subparsers(metavar="ORDER", required=True)
    for name, help_ in (
        ("show", "show all that is kept of a person"),
        ("erase", "delete all that is kept of a person, at once"),
    ):
        order = _order(orders, name, help_, run, f"person {name}")
        order.add_argument("--branch", required=True)
        order.add_argument(
            "--reason", required=True, help="why, in words; written down, so leave the data out"
        )
        # No argument for the number itself: arguments are there for everybody on the machine.
        order.add_argument(
            "--phone-file",
            type=Path,
            metavar="FILE",
            help="read the telephone number from this file (default: ask for it on the terminal)",
        )
        order.add_argument("--day", help="or name a visit: its business day, such as 2026-11-16")
        order.add_argument("--number", help="and its number, such as A007")


def _order(
    orders: Commands, name: str, help_: str, run: Run, order: str
) -> argparse.ArgumentParser:
    parser = orders.add_parser(name, help=help_)
    parser.add_argument(
        "--as", dest="staff", required=True, metavar="ID", help="the administrator's id"
    )
    parser.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"the secret of the administrator's desk (default: {SECRET_FILE})",
    )
    _add_passwords(parser)
    parser.add_argument("--otp", default="", help="the one-time password of an authenticator")
    _add_forms(parser)
    parser.set_defaults(run=run, order=order)
    return parser


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default=URL, help=f"the server (default: {URL})")
    parser.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="the certificate (PEM) of the bank's own authority, which vouches for wss://; "
        "kept with the secret (default: whom this machine trusts)",
    )
    parser.add_argument(
        "--secret-file",
        type=Path,
        default=SECRET_FILE,
        metavar="FILE",
        help=f"where to keep the station's secret (default: {SECRET_FILE})",
    )
    _add_forms(parser)


def _add_forms(parser: argparse.ArgumentParser) -> None:
    add_language(parser)
    parser.add_argument("--json", action="store_true", help="the answer as JSON, for programs")


def _add_passwords(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="read the password from this file (default: ask for it on the terminal)",
    )


def role_at(typed: str) -> RoleAt:
    """`teller@main`, or `auditor`."""
    role, _, branch = typed.partition("@")
    for known in get_args(StaffRole):
        if known == role:
            return RoleAt(branch=branch or "*", role=known)
    raise argparse.ArgumentTypeError(f"a role is one of {', '.join(get_args(StaffRole))}")
