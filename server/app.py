"""The server put together: the only file that builds everything, starts it and stops it.

`running` is a server within a process, on a journal and a clock that it is given. What makes a
program of it (a data folder, the signals of the system) is left to `serve`.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from websockets.asyncio.server import Server
from websockets.asyncio.server import serve as serve_websockets

from server.accuracy.figures import Accuracy
from server.accuracy.store import Record
from server.accuracy_pages import AccuracyPages
from server.allowances import Allowances
from server.appointment_pages import AppointmentPages
from server.bookings import Bookings
from server.branch_pages import BranchPages
from server.branches import Branches
from server.callers import Callers
from server.clock import Clock, SystemClock
from server.config import DataFolder, ServerConfig, is_loopback
from server.credentials import Credentials
from server.display_pages import DisplayPages
from server.domain.configuration import BranchConfig
from server.domain.refusals import BranchStopped, Refused
from server.door import Door
from server.exporting import Exports, OpenJournal
from server.forecasting import Forecasting
from server.hashing import Hashing
from server.housekeeper import HouseKeeper
from server.hub import Hub
from server.journal.contract import Journal
from server.links import TicketLinks
from server.metrics import Metrics
from server.own_data import OwnData
from server.pages import Pages
from server.people import People
from server.phones import Phones
from server.proofs import Proofs
from server.reception import Deadlines, Reception
from server.recording import Recording
from server.reloading import Reloading, Source
from server.reminders.channels import NO_CHANNELS, Channels
from server.reminders.sender import Sender
from server.retention import Retention
from server.room import Room
from server.runner import BranchRunner, RehearsalMismatch
from server.session import Session
from server.signins import SignIns
from server.sockets import DRAINING, Connection, hang_up, limit_unread
from server.ticket_pages import TicketPages
from server.vault.vault import Vault
from shared.origins import Origins

log = logging.getLogger(__name__)

FRAME_BYTES_MAX: Final = 65_536
"""Above the longest message allowed, so that one somewhat too long is refused by name."""

RETRY_MS: Final = (0.0, 5_000.0)
"""When those who are sent away may come back: spread, or they would all come at once."""

GOODBYE_SECONDS: Final = 2.0
FINISH_SECONDS: Final = 4.0
CLOSED_SECONDS: Final = 3.0
"""Stopping, step by step: less than the ten seconds a system grants before it kills."""


class CannotServe(Exception):
    """The server cannot start, or had to stop; says why and what to do, in one sentence."""


class Running(Struct, frozen=True):
    """A server that is serving."""

    host: str
    port: int
    runners: Mapping[str, BranchRunner]
    metrics: Metrics
    reception: Reception
    people: People
    room: Room
    key_fits: bool
    """Whether the secrets that are kept were kept with the key that is there."""
    encrypted: bool = False

    @property
    def address(self) -> str:
        """For a websocket client."""
        scheme = "wss" if self.encrypted else "ws"
        return f"{scheme}://{bracketed(self.host)}:{self.port}/ws"


@asynccontextmanager
async def running(
    config: ServerConfig,
    branches: Mapping[str, BranchConfig],
    credentials: Credentials,
    hashing: Hashing,
    links: TicketLinks,
    journal: Journal,
    vault: Vault,
    clock: Clock,
    *,
    rehearsal: bool = False,
    house_clock: Clock | None = None,
    deadlines: Deadlines | None = None,
    tls: ssl.SSLContext | None = None,
    source: Source | None = None,
    open_journal: OpenJournal | None = None,
    voice: Path | None = None,
    forecasts: bool = False,
    record: Record | None = None,
    channels: Channels = NO_CHANNELS,
) -> AsyncIterator[Running]:
    """A server while the block runs; then everyone is sent away and what waits is finished.

    People and stations live by `house_clock`, which is real also where days are played. The
    journal stays open; `open_journal` opens its file to read, for exports. `source` is where the
    configuration is read again, if anywhere; `voice` where the clips for browsers lie. `forecasts`
    has waits forecast, by a process of its own; `record` is where what was told is kept; over
    `channels` customers are told of their appointments. Port 0 takes any free one. Raises
    RehearsalMismatch and CannotServe.
    """
    branches = dict(branches)  # a reload changes it, for all who look at it
    metrics, hub = Metrics(), Hub()
    key_fits = credentials.use_with(hashing.check)
    keeper = HouseKeeper(journal, house_clock or clock, branches)
    await keeper.load()
    links.after(keeper.house.restores)
    people = _people(config, keeper, credentials, hashing, house_clock or clock, branches)
    all_branches = Branches(
        branches.values(),
        journal,
        vault,
        hub,
        clock,
        metrics,
        rehearsal=rehearsal,
        tells=bool(channels),
    )
    retention = Retention(vault, keeper, clock)
    server: Server | None = None
    background: list[asyncio.Task[None]] = []
    try:
        runners = {branch: await all_branches.runner(branch) for branch in branches}
        room = Room(config.connections_max, config.connections_per_address_max)
        allowances = Allowances(config.rate_limits, clock.rate)
        is_public = bool(config.public_url)
        callers = Callers(runners, people, links, allowances, clock, metrics, is_public=is_public)

        async def open_branch(branch: BranchConfig) -> None:
            try:
                runners[branch.id] = await all_branches.add(branch)
            except RehearsalMismatch as error:
                log.error("branch %s cannot be opened: %s", branch.id, error)
                raise Refused(BranchStopped()) from error
            branches[branch.id] = branch

        source = source or _unchanging(config, dict(branches))
        reloading = Reloading(source, branches, runners, open_branch, people)
        exports = Exports(open_journal, runners, keeper, house_clock or clock, rehearsal=rehearsal)
        deadlines = deadlines or Deadlines()
        phones = Phones(hub, runners, deadlines.phones_seconds)
        bookings = Bookings(links, vault, allowances, clock, config.public_url)
        reception = Reception(
            runners,
            hub,
            people,
            exports,
            OwnData(vault, keeper, runners),
            bookings,
            reloading,
            links,
            callers,
            phones,
            room,
            allowances,
            clock,
            metrics,
            epoch=journal.epoch,
            public_url=config.public_url,
            rehearsal_rate=clock.rate if rehearsal else None,
            deadlines=deadlines,
        )
        origins = Origins(
            config.public_url, config.allowed_origins, only_here=is_loopback(config.listen.host)
        )
        door = Door(origins, room, allowances, people, clock, metrics)
        displays = DisplayPages(runners, voice)
        figures: dict[str, Accuracy] = {}
        accuracy = AccuracyPages(runners, figures)
        tickets = TicketPages(callers)
        appointments = AppointmentPages(runners, links, callers, bookings, clock, config.public_url)
        pages = Pages(
            runners,
            metrics,
            door,
            origins,
            exports,
            appointments,
            displays,
            accuracy,
            tickets,
            BranchPages(runners),
        )
        server = await _listen(config, reception, pages, tls)
        background.append(_in_background(reception.beat()))
        background.append(_in_background(phones.tell_for_ever()))
        background.append(_in_background(retention.purge_for_ever()))
        recording = None
        if record is not None:
            recording = Recording(runners, journal, record, clock, figures, rehearsal=rehearsal)
            background.append(_in_background(recording.record_for_ever()))
        if channels:
            sender = Sender(
                runners, vault, journal, links, channels, clock, metrics, config.public_url
            )
            background.append(_in_background(sender.send_for_ever()))
        if forecasts:
            forecasting = Forecasting(runners, journal, clock, record)
            background.append(_in_background(_forecast(forecasting, recording)))
        if isinstance(clock, SystemClock):
            background.append(_in_background(all_branches.follow_wall(clock)))
        port = server.sockets[0].getsockname()[1]
        host = config.listen.host
        encrypted = tls is not None
        yield Running(host, port, runners, metrics, reception, people, room, key_fits, encrypted)
    finally:
        for task in background:
            task.cancel()
        if server is not None:
            await _send_everyone_away(server, clock)
        await _finish(all_branches)
        await keeper.keep_snapshot()
        if background:
            await asyncio.wait(background)  # a process that forecasts is not left behind
        if server is not None:
            await _wait_closed(server)


async def _forecast(forecasting: Forecasting, recording: Recording | None) -> None:
    """Not before the tickets that wait stand by what they were promised."""
    if recording is not None:
        await recording.begun.wait()
    await forecasting.forecast_for_ever()


def _unchanging(config: ServerConfig, branches: dict[str, BranchConfig]) -> Source:
    """Where a server was given its configuration: there is nothing to read again."""
    return Source(config, lambda: DataFolder(config, branches))


def _people(
    config: ServerConfig,
    keeper: HouseKeeper,
    credentials: Credentials,
    hashing: Hashing,
    clock: Clock,
    branches: Mapping[str, BranchConfig],
) -> People:
    proofs = Proofs(keeper, credentials, hashing, clock, config.require_totp)
    return People(keeper, proofs, SignIns(config.idle_lock_minutes), clock, branches)


# --- Beginning and end -----------------------------------------------------------------------


async def _listen(
    config: ServerConfig, reception: Reception, pages: Pages, tls: ssl.SSLContext | None
) -> Server:
    seconds = reception.deadlines.open_seconds
    connection = partial(Connection, opening_seconds=seconds)
    try:
        server = await serve_websockets(
            lambda connection: Session(connection, reception).run(),
            config.listen.host,
            config.listen.port,
            process_request=pages.answer,
            ssl=tls,
            ssl_handshake_timeout=seconds if tls is not None else None,
            compression=None,
            max_size=FRAME_BYTES_MAX,
            max_queue=8,
            write_limit=(32_768, 8_192),
            create_connection=connection,  # type: ignore[arg-type]  # it is only called
            open_timeout=None,
            ping_interval=10,
            ping_timeout=10,
            close_timeout=reception.deadlines.close_seconds,
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
    at = f"{bracketed(config.listen.host)}:{config.listen.port}"
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


def bracketed(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
