"""A server as a program: its data folder, its journal on disk, the signals of the system.

Whatever an operator can do something about ends in one plain sentence. The server itself is put
together in `app`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import signal
import sqlite3
import ssl
import sys
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from server import garbage, logs
from server.accuracy.store import FILE, Record, open_record
from server.app import CannotServe, Running, bracketed, running
from server.clock import Clock, ScaledClock, SystemClock
from server.config import (
    FILES_BESIDES,
    ServerConfig,
    load_data_folder,
    read_data_folder,
    server_faults,
)
from server.credentials import Credentials
from server.domain.configuration import BranchConfig
from server.hashing import Hashing, load_pepper
from server.journal.contract import Journal, JournalError
from server.journal.reading import opened
from server.journal.sqlite import open_sqlite
from server.links import TicketLinks
from server.people import People
from server.reloading import Source
from server.reminders.setup import channels_of
from server.runner import BranchRunner, RehearsalMismatch, somebody_waits
from server.vault.errors import VaultError
from server.vault.keys import Keys, add_key
from server.vault.vault import Vault
from shared.arguments import FINE, REFUSED
from shared.config import ConfigError

log = logging.getLogger(__name__)

NAMES_TOLD: Final = 5

VOICE: Final = "voice"
"""Where in the data folder `lobby voice build` puts the clips for browsers."""
"""Accounts named in one sentence."""

TLS_BUFFER_BYTES: Final = 32_768

OPERATING_ERRORS: Final = (ConfigError, JournalError, VaultError, RehearsalMismatch, CannotServe)
"""What an operator can do something about: told in one sentence, never as a traceback."""


class Rehearsal(Struct, frozen=True):
    """Play days on a clock of their own: from this moment on, so many times as fast."""

    start: datetime | None = None
    rate: float = 1.0


def carry_out(options: argparse.Namespace) -> int:
    """`lobby serve`, to its end; the exit code."""
    if not options.rehearsal and (options.start or options.rate):
        options.usage("--start and --rate need --rehearsal: real days keep to the real clock")
    logs.set_up()
    rehearsal = Rehearsal(options.start, options.rate or 1.0) if options.rehearsal else None
    host, port = options.host, options.port
    try:
        run(serve(options.data, host=host, port=port, rehearsal=rehearsal, tell=_print))
    except OPERATING_ERRORS as error:
        sys.stderr.write(f"lobby: {error}\n")
        return REFUSED
    return FINE


async def serve(
    folder: Path,
    *,
    host: str | None = None,
    port: int | None = None,
    rehearsal: Rehearsal | None = None,
    tell: Callable[[str], None] = log.info,
) -> None:
    """Serve the data folder until the system says stop; `tell` gets the address, among others.

    Raises ConfigError, JournalError, RehearsalMismatch and CannotServe: plain sentences.
    """
    in_file, branches = load_data_folder(folder)
    config = listening_at(in_file, folder, host, port)
    tls = tls_of(config, folder)
    stop = _stop_on_signal()
    _allow_connections(config.connections_max)
    _make_folder(folder)
    # First of all, because it keeps every other server out of this folder.
    journal = await open_sqlite(folder / config.database)
    record: Record | None = None
    try:
        clock = _clock(rehearsal, branches)
        credentials = Credentials.load(folder / "credentials.json")
        # Secrets are as real in a rehearsal: never by a clock that repeats itself, or runs.
        real = SystemClock()
        hashing, links = _keys(folder, real)
        vault = await _vault(config, folder, journal, real)
        record = await _record(folder)
        channels = channels_of(
            config.reminders,
            folder,
            rehearsal=rehearsal is not None,
            now_seconds=lambda: real.now_ms() // 1000,
            tell=tell,
            is_watched=sys.stdout.isatty(),
        )
        async with running(
            config,
            branches,
            credentials,
            hashing,
            links,
            journal,
            vault,
            clock,
            rehearsal=rehearsal is not None,
            house_clock=real,
            tls=tls,
            source=Source(in_file, partial(read_data_folder, folder)),
            open_journal=partial(opened, folder / config.database),
            voice=folder / VOICE,
            forecasts=True,
            record=record,
            channels=channels,
        ) as server:
            _check_started(server.runners, folder / config.database)
            scheme = "https" if tls else "http"
            await _tell_of_people(server, folder, tell)
            tell(f"Lobby listens on {scheme}://{bracketed(server.host)}:{server.port}")
            with _garbage_when_quiet(server):
                await _until_stopped(stop, journal)
    finally:
        if record is not None:
            await record.close()
        await journal.close()
    tell("Lobby has stopped.")


@contextmanager
def _garbage_when_quiet(server: Running) -> Iterator[None]:
    with garbage.postponed():
        collecting = asyncio.create_task(
            garbage.collect_for_ever(lambda: somebody_waits(server.runners.values()))
        )
        try:
            yield
        finally:
            collecting.cancel()


async def _until_stopped(stop: asyncio.Event, journal: Journal) -> None:
    """Until the system says so; or raises what has happened to the journal. Only a new start
    finds out what of the last write is there, and whoever waits for an answer asks again then."""
    stopping = asyncio.create_task(stop.wait())
    failing = asyncio.create_task(journal.failed())
    try:
        await asyncio.wait({stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
        if failing.done():
            raise failing.result()
    finally:
        stopping.cancel()
        failing.cancel()


async def _tell_of_people(server: Running, folder: Path, tell: Callable[[str], None]) -> None:
    """Who cannot sign in any more, and a code where that is everybody who looks after the house."""
    people = server.people
    lost = people.without_secret
    if lost and not server.key_fits:
        tell(
            f"{folder / 'keys' / 'pepper.key'} is not the key that passwords and PINs were kept "
            "with: none of them works. Put the right key back and start again; or set up anew "
            "with the code below, and give everybody a new one-time code (lobby staff reset)."
        )
    elif lost:
        tell(
            f"{folder / 'credentials.json'} holds no password or PIN of {_some(lost)}. Put the "
            "right file back and start again; or give each of them a new one-time code (lobby "
            "staff reset)."
        )
    if people.needs_set_up:
        who = "can sign in to look" if lost else "looks"
        tell(f"Nobody {who} after this server yet. {await _set_up_code(people)}")


async def _set_up_code(people: People) -> str:
    until = people.set_up_code_until
    if until is None:
        return f"Set-up code, for 30 minutes: {await people.set_up_code()}"
    moment = datetime.fromtimestamp(until / 1000, tz=UTC).astimezone()
    return (
        f"The set-up code of `lobby init` is good until {moment:%Y-%m-%d %H:%M}; "
        "`lobby init --new-code` makes another."
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_TOLD])
    return shown if len(names) <= NAMES_TOLD else f"{shown} and {len(names) - NAMES_TOLD} others"


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run the server to its end, on the faster event loop where there is one."""
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


# --- A data folder ---------------------------------------------------------------------------


def listening_at(
    config: ServerConfig, folder: Path, host: str | None, port: int | None
) -> ServerConfig:
    """With what the command line says instead; the same caution holds for it."""
    listen = replace(
        config.listen,
        host=config.listen.host if host is None else host,
        port=config.listen.port if port is None else port,
    )
    config = replace(config, listen=listen)
    for fault in server_faults(config, folder):
        raise ConfigError(folder / "lobby.toml", fault.key, fault.expected)
    return config


def tls_of(config: ServerConfig, folder: Path) -> ssl.SSLContext | None:
    """How connections are encrypted; None where they are not. Raises ConfigError."""
    if config.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / config.tls.certificate, folder / config.tls.key)
    except OSError as error:  # SSLError is one
        expected = f"a certificate in PEM and the key it was made with ({error.strerror})"
        raise ConfigError(folder / "lobby.toml", "tls", expected) from error
    # The standard transport sets aside 256 KiB for each connection; the longest message is 16.
    SSLProtocol.max_size = TLS_BUFFER_BYTES
    return context


def _stop_on_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, stop.set)
    return stop


def _allow_connections(connections_max: int) -> None:
    """Each takes an open file, and systems grant few of them unless asked."""
    wanted = connections_max + FILES_BESIDES
    granted, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY:
        wanted = min(wanted, limit)
    if granted != resource.RLIM_INFINITY and granted < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, limit))


def _make_folder(folder: Path) -> None:
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _keys(folder: Path, clock: Clock) -> tuple[Hashing, TicketLinks]:
    keys = folder / "keys"
    with _writing(folder):
        hashing = Hashing(load_pepper(keys / "pepper.key", clock.token))
        return hashing, TicketLinks.load(keys / "link.key", clock.token)


async def _vault(config: ServerConfig, folder: Path, journal: Journal, clock: Clock) -> Vault:
    """With the keys there are; a first one is made, unless the operator wants none.

    Raises VaultError where one is missing: never is another one made in its place.
    """
    file = folder / "keys" / "vault.key"
    keys = Keys.load(file)
    await Vault(journal, keys, clock.token).check()
    if keys.newest is None and not config.vault_without_key:
        with _writing(folder):
            add_key(file, clock.token)
        keys = Keys.load(file)
    vault = Vault(journal, keys, clock.token)
    if not vault.encrypts:
        log.warning("names and telephone numbers are stored without encryption: %s", file)
    elif resealed := await vault.reseal():
        log.info("sealed with the newest key", extra={"values": resealed})
    return vault


async def _record(folder: Path) -> Record | None:
    """Where what is told of waits is kept. Without it everything else goes on."""
    try:
        return await open_record(folder / FILE)
    except (OSError, sqlite3.Error) as error:
        log.error("what is told of waits cannot be kept in %s: %s", folder / FILE, error)
        return None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotServe(
            f"{error.filename or folder} cannot be written: {error.strerror}. Give the user who "
            f"runs Lobby the right to write to {folder}, or name another folder with --data."
        ) from error


def _clock(rehearsal: Rehearsal | None, branches: Mapping[str, BranchConfig]) -> Clock:
    clock = SystemClock()
    if rehearsal is None:
        return clock
    if rehearsal.start is None:
        return ScaledClock(clock.now_ms(), rehearsal.rate, clock)
    zone = ZoneInfo(next(iter(branches.values())).time_zone)
    start = rehearsal.start if rehearsal.start.tzinfo else rehearsal.start.replace(tzinfo=zone)
    return ScaledClock(round(start.timestamp() * 1000), rehearsal.rate, clock)


def _check_started(runners: Mapping[str, BranchRunner], database: Path) -> None:
    """A branch that cannot be started must not stop the others; but one has to run."""
    if all(runner.stopped for runner in runners.values()):
        raise CannotServe(
            f"No branch could be started from {database}; the log says why. Keep a copy of the "
            f"file and of the files beside it, then restore the last backup."
        )


def _print(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
