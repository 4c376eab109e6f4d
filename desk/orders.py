"""Carries out what the administrator typed: connects as the desk, signs in, asks, prints, leaves.

Exit codes as for every `lobby` command. No secret is an argument: arguments are there for
everybody on the machine to read.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from pathlib import Path

import msgspec

from shared.arguments import FINE, REFUSED
from shared.link import Link, LinkError
from shared.pairing import NotPaired, keep_key, key_of, pair, read_key
from shared.protocol import (
    VERSION,
    AddStaff,
    Administrative,
    ChangeRoles,
    DisableStaff,
    EnableStaff,
    HouseReply,
    HouseView,
    InviteStation,
    Pair,
    Refused,
    RenameStation,
    ResetSecret,
    RevokeStation,
    SetOwnSecret,
    SetUp,
    UnlockStaff,
)

CONNECT_SECONDS = 15.0


class NotDone(Exception):
    """The order could not be carried out; says why."""


def run(options: argparse.Namespace) -> int:
    """Carry out one order; the exit code."""
    try:
        asyncio.run(_carry_out(options))
    except (NotDone, NotPaired) as refused:
        sys.stderr.write(f"lobby: {refused}\n")
        return REFUSED
    except (LinkError, TimeoutError, OSError) as error:
        sys.stderr.write(f"lobby: no answer from the server ({type(error).__name__})\n")
        return REFUSED
    return FINE


async def _carry_out(options: argparse.Namespace) -> None:
    match options.order:
        case "setup":
            password = _new_password(options.password_file)
            first = SetUp(
                version=VERSION,
                code=options.code,
                staff=options.staff,
                password=password,
                language="en",
            )
            await _pair(options, first)
        case "pair":
            code, branch = options.code, options.branch
            await _pair(options, Pair(version=VERSION, code=code, branch=branch, language="en"))
        case "staff secret":
            await _choose_secret(options)
        case _:
            await _at_the_desk(options)


async def _pair(options: argparse.Namespace, first: Pair | SetUp) -> None:
    paired = await pair(options.url, first)
    keep_key(options.secret_file, key_of(options.url, paired))
    facts = {"station": paired.station, "kind": paired.kind, "branch": paired.branch}
    if paired.otp_secret:
        facts["otp_secret"] = paired.otp_secret
    _print(options, facts)


async def _choose_secret(options: argparse.Namespace) -> None:
    old = _secret(options.old_file, "The old one, or the one-time code: ")
    new = _new_password(options.password_file)
    async with _desk(options) as link:
        await _connected(link)
        command = SetOwnSecret(id=link.new_id(), staff=options.id, old=old, new=new)
        reply = _accepted(await link.request(command))
        _print(options, {"otp_secret": getattr(reply, "otp_secret", "")})


async def _at_the_desk(options: argparse.Namespace) -> None:
    password = _secret(options.password_file, f"Password of {options.staff}: ")
    async with _desk(options) as link:
        await _connected(link)
        _accepted(await link.sign_in(options.staff, password, options.otp))
        try:
            if options.order.endswith(" list"):
                _print_list(options, await _view(link))
            else:
                reply = _accepted(await link.request(_command(options, link.new_id())))
                _print(options, _facts(reply))
        finally:
            await link.sign_out()


def _command(options: argparse.Namespace, new_id: str) -> Administrative:
    by_staff: dict[str, type[DisableStaff | EnableStaff | ResetSecret | UnlockStaff]] = {
        "staff disable": DisableStaff,
        "staff enable": EnableStaff,
        "staff reset": ResetSecret,
        "staff unlock": UnlockStaff,
    }
    match options.order:
        case "staff add":
            return AddStaff(id=new_id, staff=options.id, roles=tuple(options.roles))
        case "staff roles":
            return ChangeRoles(id=new_id, staff=options.id, roles=tuple(options.roles))
        case "station invite":
            return InviteStation(
                id=new_id,
                kind=options.kind,
                branch=options.branch,
                counter=options.counter,
                name=options.name,
            )
        case "station rename":
            return RenameStation(id=new_id, station=options.id, name=options.name)
        case "station revoke":
            return RevokeStation(id=new_id, station=options.id)
        case order:
            return by_staff[order](id=new_id, staff=options.id)


# --- The connection --------------------------------------------------------------------------


def _desk(options: argparse.Namespace) -> Link:
    key = read_key(options.secret_file)
    return Link(key.url, key.hello(language="en"))


async def _connected(link: Link) -> None:
    async with asyncio.timeout(CONNECT_SECONDS):
        async for state in link.changed():
            if state == "live":
                return
    raise NotDone(link.refusal.text if link.refusal else "the server hung up")


async def _view(link: Link) -> HouseView:
    async with asyncio.timeout(CONNECT_SECONDS):
        async for view in link.views():
            if isinstance(view, HouseView):
                return view
    raise NotDone("the server hung up")


def _accepted(reply: HouseReply) -> HouseReply:
    if isinstance(reply, Refused):
        raise NotDone(reply.text)
    return reply


# --- What is read and printed ----------------------------------------------------------------


def _secret(file: Path | None, prompt: str) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    return getpass.getpass(prompt)


def _new_password(file: Path | None) -> str:
    chosen = _secret(file, "New password: ")
    if file is None and getpass.getpass("Once more: ") != chosen:
        raise NotDone("the two are not the same; nothing was changed")
    return chosen


def _facts(reply: HouseReply) -> dict[str, object]:
    told = msgspec.to_builtins(reply)
    return {name: told[name] for name in ("code", "until") if told.get(name)}


def _print(options: argparse.Namespace, facts: dict[str, object] | dict[str, str]) -> None:
    if options.json:
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
        return
    for name, value in facts.items():
        if value and name != "until":
            sys.stdout.write(f"{name}: {value}\n")


def _print_list(options: argparse.Namespace, view: HouseView) -> None:
    what: tuple[object, ...] = view.staff if options.order == "staff list" else view.stations
    if options.json:
        sys.stdout.write(msgspec.json.encode(what).decode() + "\n")
        return
    for one in view.staff if options.order == "staff list" else ():
        roles = ", ".join(f"{role.role}@{role.branch}" for role in one.roles)
        marks = [
            word for word, holds in (("disabled", one.disabled), ("locked", one.locks)) if holds
        ]
        sys.stdout.write(" ".join([one.id, roles, *marks]) + "\n")
    for station in view.stations if options.order == "station list" else ():
        person = f"({station.staff})" if station.staff else ""
        words = [station.id, station.kind, station.branch, station.name, person]
        sys.stdout.write(" ".join(filter(None, words)) + "\n")
