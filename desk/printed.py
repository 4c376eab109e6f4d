"""What the desk prints: facts, tables and codes to scan; or JSON for programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from shared.columns import aligned, plain
from shared.i18n import text
from shared.protocol import (
    ExportReady,
    HouseReply,
    HouseView,
    InvitationShown,
    Language,
    LockShown,
    Paired,
    PersonFound,
    ReloadPreview,
    StaffShown,
    StationKind,
    StationShown,
)
from shared.ui.qr import half_blocks

NOTHING: Final = "-"

ISSUER: Final = "Lobby"

PROGRAMS: Final[dict[StationKind, str]] = {
    "kiosk": "kiosk",
    "display": "display",
    "rating_panel": "rate",
    "counter": "counter",
    "board": "board",
}
"""The command that runs a station of that kind, where there is one."""

WHITE_ON_BLACK: Final = "\x1b[97;40m"
AS_BEFORE: Final = "\x1b[0m"
"""In so many words: whatever colours the terminal has, a code is dark on light."""


def answer(options: argparse.Namespace, reply: HouseReply, url: str = "") -> None:
    """What an order has brought: a one-time code, say, and what to do with it at a terminal that
    reaches the server at that `url`."""
    told = msgspec.to_builtins(reply)
    facts = {name: told[name] for name in ("code", "until") if told.get(name)}
    if options.json:
        as_json(facts)
        return
    if "code" in facts:
        until = moment(facts["until"])
        _line(text(options.language, "desk.code", code=facts["code"], until=until))
        for line in _to_do_with(facts["code"], options, url):
            _line(line)
    else:
        _line(text(options.language, "desk.done"))


def _to_do_with(code: str, options: argparse.Namespace, url: str) -> Iterator[str]:
    """The next step, in words that can be typed as they stand."""
    if options.order != "station invite":
        yield text(options.language, "desk.choose_with_it", staff=options.id)
        return
    program = PROGRAMS.get(options.kind, options.kind)
    yield text(options.language, "desk.pair_with_it")
    branch = f"--branch {options.branch} --secret-file lobby-{program}.json"
    yield f"  lobby pair --url {url} --code {code} {branch}"
    if options.kind in PROGRAMS:
        yield f"  lobby {program}"


def person(options: argparse.Namespace, reply: HouseReply) -> None:
    """All that is kept of a person; or how much of it was deleted."""
    language = options.language
    if not isinstance(reply, PersonFound):
        values = getattr(reply, "values", 0)
        if options.json:
            as_json({"values": values})
        else:
            _line(text(language, "desk.erased", values=values))
        return
    if options.json:
        as_json(reply.kept)
        return
    if not reply.kept:
        _line(text(language, "desk.nothing_kept"))
        return
    heads = _heads(language, "what", "value", "until")
    for n, (_, kept) in enumerate(groupby(reply.kept, key=lambda one: one.person)):
        if n:
            _line("")
        what = ((text(language, f"kept_field.{one.field}"), one) for one in kept)
        _table(heads, [[word, one.value, moment(one.until)] for word, one in what])


def paired(options: argparse.Namespace, made: Paired) -> None:
    """What this terminal is now; for a new administrator, the second factor."""
    facts = {"station": made.station, "kind": made.kind, "branch": made.branch}
    if options.json:
        secret = {"otp_secret": made.otp_secret} if made.otp_secret else {}
        as_json({**facts, **secret})
        return
    kind = text(options.language, f"station_kind.{made.kind}")
    _line(text(options.language, "desk.paired", **{**facts, "kind": kind}))
    if program := PROGRAMS.get(made.kind):
        named = f" --secret-file {options.secret_file}"
        command = f"lobby {program}{named if options.secret_file != _usual(program) else ''}"
        _line(text(options.language, "desk.start_with", command=command))
    if made.otp_secret:
        authenticator(options, options.staff, made.otp_secret)


def _usual(program: str) -> Path:
    """Where a program looks for its secret unless it is told otherwise."""
    return Path(f"lobby-{program}.json")


def chosen(options: argparse.Namespace, reply: HouseReply) -> None:
    """That a secret was chosen; with it, perhaps, the second factor."""
    secret = getattr(reply, "otp_secret", "")
    if options.json:
        as_json({"otp_secret": secret} if secret else {})
        return
    _line(text(options.language, "desk.chosen"))
    if secret:
        authenticator(options, options.id, secret)


def authenticator(options: argparse.Namespace, staff: str, secret: str) -> None:
    """The second factor, to be scanned by an authenticator or typed into it."""
    address = otpauth(staff, secret)
    _line(text(options.language, "desk.authenticator", secret=secret))
    _line(address)
    if sys.stdout.isatty():
        for line in half_blocks(address):
            _line(f"{WHITE_ON_BLACK}{line}{AS_BEFORE}")


def otpauth(staff: str, secret: str) -> str:
    """The address authenticators understand."""
    asked = urlencode({"secret": secret, "issuer": ISSUER, "digits": 6, "period": 30})
    return f"otpauth://totp/{quote(f'{ISSUER}:{staff}')}?{asked}"


# --- The configuration -----------------------------------------------------------------------


def preview(options: argparse.Namespace, shown: ReloadPreview) -> None:
    """What would change, and what stands in the way; or what is wrong in the files."""
    language = options.language
    if options.json:
        as_json(shown)
        return
    for fault in shown.faults:
        expected = text(language, "desk.fault", where=fault.key, expected=fault.expected)
        _line(f"{fault.file}: {expected}")
    for branch, changes in groupby(shown.changes, key=lambda change: change.branch):
        _line(text(language, "desk.in_branch", branch=branch) if branch else "lobby.toml")
        for change in changes:
            later = text(language, "desk.on_restart") if change.on_restart else ""
            _line(plain(f"  {change.text}{later}"))
    if shown.more:
        _line(text(language, "desk.more", n=shown.more))
    for hit in shown.appointments:
        _line(plain(f"{hit.branch}: {hit.text}"))
    for obstacle in shown.obstacles:
        _line(plain(f"{obstacle.branch}: {obstacle.text}"))
    if not (shown.changes or shown.faults):
        _line(text(language, "desk.nothing_changed"))


def reloaded(options: argparse.Namespace) -> None:
    """That it is in force."""
    if not options.json:
        _line(text(options.language, "desk.reloaded"))


def exported(options: argparse.Namespace, ready: ExportReady, file: Path) -> None:
    """Where the data is now."""
    if options.json:
        as_json({"file": str(file), "rows": ready.rows})
        return
    _line(text(options.language, "desk.exported", rows=ready.rows, file=file))


# --- Lists -----------------------------------------------------------------------------------


def staff_list(options: argparse.Namespace, view: HouseView) -> None:
    """All accounts."""
    if options.json:
        as_json(view.staff)
        return
    language = options.language
    heads = _heads(language, "staff", "roles", "state")
    rows = [[one.id, _roles(language, one) or NOTHING, _state(language, one)] for one in view.staff]
    _table(heads, rows)


def station_list(options: argparse.Namespace, view: HouseView) -> None:
    """All terminals, and those that were invited."""
    if options.json:
        as_json({"stations": view.stations, "invitations": view.invitations})
        return
    language = options.language
    heads = _heads(language, "station", "kind", "branch", "counter", "name", "person")
    rows = [
        [one.id, *_what(language, one), one.staff or text(language, "desk.nobody")]
        for one in view.stations
    ]
    _table(heads, rows)
    if view.invitations:
        _line("")
        _line(text(language, "desk.invited"))
        heads = _heads(language, "invitation", "kind", "branch", "counter", "name", "until")
        waiting = [
            [str(one.id), *_what(language, one), moment(one.until)] for one in view.invitations
        ]
        _table(heads, waiting)


def _what(language: Language, one: StationShown | InvitationShown) -> list[str]:
    kind = text(language, f"station_kind.{one.kind}")
    # A terminal without a person has none to show: the last column says so.
    return [kind, one.branch, str(one.counter or NOTHING), one.name or NOTHING]


def _roles(language: Language, one: StaffShown) -> str:
    return ", ".join(f"{text(language, f'role.{at.role}')}@{at.branch}" for at in one.roles)


def _state(language: Language, one: StaffShown) -> str:
    if one.disabled:
        return text(language, "desk.disabled")
    if not one.ready:
        return text(language, "desk.no_secret")
    return ", ".join(_locks(language, one.locks)) or text(language, "desk.ready")


def _locks(language: Language, locks: Iterable[LockShown]) -> Iterator[str]:
    for lock in locks:
        if lock.station is None:
            yield text(language, "desk.locked")
        elif lock.until is None:
            yield text(language, "desk.locked_at", station=lock.station)
        else:
            until = moment(lock.until)
            yield text(language, "desk.blocked_at", station=lock.station, until=until)


def _heads(language: Language, *names: str) -> list[str]:
    return [text(language, f"desk.head.{name}") for name in names]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in aligned(heads, rows):
        _line(line)


# --- Everything ------------------------------------------------------------------------------


def as_json(value: object) -> None:
    """One object on one line."""
    _line(msgspec.json.encode(value).decode())


def moment(at: int) -> str:
    """An instant (ms) as the clock on this desk shows it."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone().strftime("%m-%d %H:%M")


def _line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
