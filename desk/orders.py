"""Carries out what the administrator typed: what is asked of the server, and what is printed.

No secret is an argument: arguments are there for everybody on the machine to read. How a command
ends is said in `shared/arguments.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from desk import fetching, printed, typed
from desk.connection import at_the_desk, signed_in
from desk.words import NotDone, not_done
from shared.arguments import FINE, REFUSED
from shared.i18n import text
from shared.link import LinkError
from shared.pairing import NotPaired, authority_in, keep_key, key_of, make_room, pair, read_key
from shared.protocol import (
    VERSION,
    AddStaff,
    Administrative,
    AskExport,
    CancelInvitation,
    ChangeRoles,
    DisableStaff,
    EnableStaff,
    ErasePerson,
    ExportReady,
    FindPerson,
    InviteStation,
    Pair,
    PreviewReload,
    Reload,
    ReloadPreview,
    RenameStation,
    ResetSecret,
    RevokeStation,
    SetOwnSecret,
    SetUp,
    UnlockStaff,
)


def run(options: argparse.Namespace) -> int:
    """Carry out one order; the exit code."""
    try:
        asyncio.run(_carry_out(options))
    except (NotDone, NotPaired) as refused:
        sys.stderr.write(f"lobby: {refused}\n")
        return REFUSED
    except (LinkError, TimeoutError, OSError):
        sys.stderr.write(f"lobby: {text(options.language, 'desk.no_answer')}\n")
        return REFUSED
    return FINE


async def _carry_out(options: argparse.Namespace) -> None:
    match options.order:
        case "setup":
            first = SetUp(
                version=VERSION,
                code=options.code,
                staff=options.staff,
                password=typed.new_password(options),
                language=options.language,
            )
            await _pair(options, first)
        case "pair":
            code, branch, language = options.code, options.branch, options.language
            await _pair(options, Pair(version=VERSION, code=code, branch=branch, language=language))
        case "staff secret":
            await _choose_secret(options)
        case "staff list" | "station list":
            await _list(options)
        case "reload":
            await _reload(options)
        case "person show" | "person erase":
            await _own_data(options)
        case "export":
            await _export(options)
        case _:
            async with signed_in(options, typed.password(options)) as desk:
                reply = await desk.ask(_command(options, desk.new_id()))
            printed.answer(options, reply, read_key(options.secret_file, options.language).url)


async def _pair(options: argparse.Namespace, first: Pair | SetUp) -> None:
    # Looked at before: the secret is told once, and must not come to a folder that cannot keep it.
    make_room(options.secret_file, options.language)
    authority = authority_in(options.ca, options.url, options.language)
    made = await pair(options.url, first, authority)
    keep_key(options.secret_file, key_of(options.url, made, authority))
    printed.paired(options, made)


async def _choose_secret(options: argparse.Namespace) -> None:
    old = typed.old_secret(options)
    new = typed.new_password(options)
    async with at_the_desk(options) as desk:
        choose = SetOwnSecret(id=desk.new_id(), staff=options.id, old=old, new=new)
        printed.chosen(options, await desk.ask(choose))


async def _own_data(options: argparse.Namespace) -> None:
    kind = FindPerson if options.order == "person show" else ErasePerson
    by_visit = options.day is not None or options.number is not None
    phone = "" if by_visit else typed.phone(options)
    async with signed_in(options, typed.password(options)) as desk:
        command = kind(
            id=desk.new_id(),
            branch=options.branch,
            reason=options.reason,
            phone=phone,
            day=options.day,
            number=options.number,
        )
        printed.person(options, await desk.ask(command))


async def _export(options: argparse.Namespace) -> None:
    async with signed_in(options, typed.password(options)) as desk:
        order = AskExport(
            id=desk.new_id(),
            what=options.what,
            first_day=options.first_day,
            last_day=options.last_day or options.first_day,
            reason=options.reason,
            branch=options.branch,
            form=options.form,
        )
        ready = await desk.ask(order)
        assert isinstance(ready, ExportReady), "an export is answered with where it is"
        file = options.output or Path(ready.name)
        await asyncio.to_thread(fetching.fetch, options, ready.path, file)
    printed.exported(options, ready, file)


async def _list(options: argparse.Namespace) -> None:
    async with signed_in(options, typed.password(options)) as desk:
        view = await desk.view()
    show = printed.staff_list if options.order == "staff list" else printed.station_list
    show(options, view)


async def _reload(options: argparse.Namespace) -> None:
    async with signed_in(options, typed.password(options)) as desk:
        shown = await desk.ask(PreviewReload(id=desk.new_id()))
        assert isinstance(shown, ReloadPreview), "a preview is answered with one"
        printed.preview(options, shown)
        if shown.faults or shown.obstacles:
            raise not_done(options.language, "reload_refused")
        if shown.changes and typed.agreed(options):
            await desk.ask(Reload(id=desk.new_id(), digest=shown.digest))
            printed.reloaded(options)


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
        case "station cancel":
            return CancelInvitation(id=new_id, invitation=options.invitation)
        case "station rename":
            return RenameStation(id=new_id, station=options.id, name=options.name)
        case "station revoke":
            return RevokeStation(id=new_id, station=options.id)
        case order:
            return by_staff[order](id=new_id, staff=options.id)
