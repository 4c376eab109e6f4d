"""The server put together: the only file that builds everything, starts it and stops it.

`running` is a server within a process, for tests and for `serve`, which adds a data folder, a
journal on disk and the signals of the system.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import resource
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from websockets.asyncio.server import Server
from websockets.asyncio.server import serve as serve_websockets

from server.branches import Branches
from server.clock import Clock, ScaledClock, SystemClock
from server.config import ServerConfig, load_data_folder, server_faults
from server.domain.configuration import BranchConfig
from server.hub import Hub
from server.journal.contract import Journal, JournalError
from server.journal.sqlite import open_sqlite
from server.links import TicketLinks
from server.metrics import Metrics
from server.pages import Pages, Room
from server.reception import Deadlines, Reception
from server.runner import BranchRunner, RehearsalMismatch
from server.session import Session
from server.sockets import DRAINING, hang_up, limit_unread
from server.stations import Stations, make_stations, write_stations
from shared.config import ConfigError

log = logging.getLogger(__name__)

FRAME_BYTES_MAX: Final = 65_536
"""Above the longest message allowed, so that one somewhat too long is refused by name."""

RETRY_MS: Final = (0.0, 5_000.0)
"""When those who are sent away may come back: spread, or they would all come at once."""

FILES_BESIDES: Final = 200
"""Open files that are no websockets: the journal's, and pages being read."""

GOODBYE_SECONDS: Final = 2.0
FINISH_SECONDS: Final = 4.0
CLOSED_SECONDS: Final = 3.0
"""Stopping, step by step: less than the ten seconds a system grants before it kills."""


class CannotServe(Exception):
    """The server cannot start, or had to stop; says why and what to do, in one sentence."""


OPERATING_ERRORS: Final = (ConfigError, JournalError, RehearsalMismatch, CannotServe)
"""What an operator can do something about: told in one sentence, never as a traceback."""


class Rehearsal(Struct, frozen=True):
    """Play days on a clock of their own: from this moment on, so many times as fast."""

    start: datetime | None = None
    rate: float = 1.0


class Running(Struct, frozen=True):
    """A server that is serving."""

    host: str
    port: int
    runners: Mapping[str, BranchRunner]
    metrics: Metrics
    reception: Reception
    room: Room

    @property
    def address(self) -> str:
        """For a websocket client."""
        return f"ws://{_bracketed(self.host)}:{self.port}/ws"


@asynccontextmanager
async def running(
    config: ServerConfig,
    branches: Mapping[str, BranchConfig],
    stations: Stations,
    links: TicketLinks,
    journal: Journal,
    clock: Clock,
    *,
    rehearsal: bool = False,
    deadlines: Deadlines | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Running]:
    """A server while the block runs; then everyone is sent away and what waits is finished.

    The journal stays open. Port 0 takes any free one. Raises RehearsalMismatch and OSError.
    """
    metrics, hub = Metrics(), Hub()
    all_branches = Branches(branches.values(), journal, hub, clock, metrics, rehearsal=rehearsal)
    server: Server | None = None
    background: list[asyncio.Task[None]] = []
    try:
        runners = {branch: await all_branches.runner(branch) for branch in branches}
        reception = Reception(
            runners,
            hub,
            stations,
            links,
            clock,
            metrics,
            epoch=journal.epoch,
            public_url=config.public_url,
            deadlines=deadlines,
        )
        room = Room(config.connections_max, config.connections_per_address_max)
        pages = Pages(runners, metrics, room, config.public_url)
        server = await _listen(config, reception, pages, tls)
        background.append(_in_background(reception.beat()))
        if isinstance(clock, SystemClock):
            background.append(_in_background(all_branches.follow_wall(clock)))
        port = server.sockets[0].getsockname()[1]
        yield Running(config.listen.host, port, runners, metrics, reception, room)
    finally:
        for task in background:
            task.cancel()
        if server is not None:
            await _send_everyone_away(server, clock)
        await _finish(all_branches)
        if server is not None:
            await _wait_closed(server)


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
    config, branches = load_data_folder(folder)
    config = listening_at(config, folder, host, port)
    tls = _tls(config, folder)
    stop = _stop_on_signal()
    _allow_connections(config.connections_max)
    _make_folder(folder)
    # First of all, because it keeps every other server out of this folder.
    journal = await open_sqlite(folder / config.database)
    try:
        clock = _clock(rehearsal, branches)
        stations = _stations(folder, branches, tell)
        links = _links(folder)
        practice = rehearsal is not None
        async with running(
            config, branches, stations, links, journal, clock, rehearsal=practice, tls=tls
        ) as server:
            _check_started(server.runners, folder / config.database)
            scheme = "https" if tls else "http"
            tell(f"Lobby listens on {scheme}://{_bracketed(server.host)}:{server.port}")
            await stop.wait()
    finally:
        await journal.close()
    tell("Lobby has stopped.")


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


# --- Listening -------------------------------------------------------------------------------


async def _listen(
    config: ServerConfig, reception: Reception, pages: Pages, tls: ssl.SSLContext | None
) -> Server:
    try:
        server = await serve_websockets(
            lambda connection: Session(connection, reception).run(),
            config.listen.host,
            config.listen.port,
            process_request=pages.answer,
            ssl=tls,
            compression=None,
            max_size=FRAME_BYTES_MAX,
            max_queue=8,
            write_limit=(32_768, 8_192),
            open_timeout=5,
            ping_interval=10,
            ping_timeout=10,
            close_timeout=5,
            server_header=None,
            backlog=4096,
            start_serving=False,
        )
    except OSError as error:
        raise CannotServe(_why_not_listening(config, error)) from error
    limit_unread(server.sockets)
    await server.start_serving()
    return server


def _why_not_listening(config: ServerConfig, error: OSError) -> str:
    at = f"{_bracketed(config.listen.host)}:{config.listen.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{at} is in use by another program. Stop that program, or choose another port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on {at}. Choose a port above 1023."
    return f"Lobby cannot listen on {at}. Name an address of this machine, such as 127.0.0.1."


async def _send_everyone_away(server: Server, clock: Clock) -> None:
    """Take nobody new, and ask everyone to come back a little later, each at another moment."""
    server.close(close_connections=False)
    goodbyes = []
    for connection in server.connections:
        reason = json.dumps({"retry_after_ms": round(clock.uniform(*RETRY_MS))})
        goodbyes.append(hang_up(connection, DRAINING, reason, seconds=GOODBYE_SECONDS))
    await asyncio.gather(*goodbyes)


async def _finish(branches: Branches) -> None:
    """Finish what waits, and keep a last snapshot; but a disk that hangs is not waited for."""
    try:
        async with asyncio.timeout(FINISH_SECONDS):
            await branches.stop()
    except TimeoutError:
        log.error("the journal does not finish writing; stopping without it")


async def _wait_closed(server: Server) -> None:
    try:
        async with asyncio.timeout(CLOSED_SECONDS):
            await server.wait_closed()
    except TimeoutError:
        log.warning("some connections did not end; stopping without them")


def _in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_failure)
    return task


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("a task of the server has failed", exc_info=error)


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


def _tls(config: ServerConfig, folder: Path) -> ssl.SSLContext | None:
    if config.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / config.tls.certificate, folder / config.tls.key)
    except OSError as error:  # SSLError is one
        expected = f"a certificate in PEM and the key it was made with ({error.strerror})"
        raise ConfigError(folder / "lobby.toml", "tls", expected) from error
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


def _stations(
    folder: Path, branches: Mapping[str, BranchConfig], tell: Callable[[str], None]
) -> Stations:
    """The stations of the folder; made at the first start."""
    file = folder / "stations.toml"
    if not file.exists():
        # Secrets are as real in a rehearsal: never from a clock that repeats itself.
        stations, secrets = make_stations(branches.values(), SystemClock().token)
        with _writing(folder):
            write_stations(folder, stations, secrets)
        tell(f"{len(stations)} stations were made; their secrets are in {folder / 'secrets'}")
    return Stations.load(file, branches)


def _links(folder: Path) -> TicketLinks:
    with _writing(folder):
        return TicketLinks.load(folder / "keys" / "link.key", SystemClock().token)


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


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
