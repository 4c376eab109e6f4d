"""A server in this process on a free port, and terminals that talk to it over real sockets."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import get_args

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from server.app import running
from server.config import Listen, RateLimits, ServerConfig
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from server.reception import Deadlines
from server.reminders.channels import NO_CHANNELS
from shared.protocol import (
    VERSION,
    Heartbeat,
    Hello,
    HouseReply,
    Refused,
    Reply,
    SignedIn,
    SignIn,
    Welcome,
    decode_from_server,
    encode,
)
from shared.testing import ManualClock
from tests.server.one_branch import branch_config, new_id, vault_of
from tests.server.one_house import furnish, hashing, secret_of, staff_at, station_secret

KEY = b"the key of all ticket links"
PATIENCE_SECONDS = 30

# Time stands still in most tests, and so would whatever fills again: those that are not about
# the limits ask as often as they like.
OFTEN = 1_000_000
UNLIMITED = RateLimits(
    **dict.fromkeys(set(RateLimits.__struct_fields__) - {"minutes_at_once"}, OFTEN)
)

# A heartbeat between two messages of a test would only be in the way.
QUIET = Deadlines(heartbeat_seconds=3600, phones_seconds=0)


class Terminal:
    """One connection. `views` holds the newest view of each type."""

    def __init__(self, socket):
        self.socket = socket
        self.views = {}
        self.heartbeats = 0

    async def say(self, message):
        """Send a command, or any text or bytes there may be."""
        if not isinstance(message, str | bytes):
            message = encode(message).decode()
        await self.socket.send(message)

    async def hear(self, *types):
        """Read on to the next message of one of these types."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = decode_from_server(await self.socket.recv(decode=False))
                self.heartbeats += isinstance(message, Heartbeat)
                if type(message).__name__.endswith("View"):
                    self.views[type(message).__name__] = message
                if isinstance(message, types):
                    return message

    async def order(self, command):
        """Send a command; its reply."""
        await self.say(command)
        return await self.hear(*get_args(Reply | HouseReply))

    async def sign_in(self, staff, secret=None, **fields):
        """What the server says to somebody who signs in."""
        secret = secret_of(staff) if secret is None else secret
        return await self.order(SignIn(id=new_id(), staff=staff, secret=secret, **fields))

    async def view(self, kind, seq=0):
        """The view of that kind, once it shows that sequence."""
        shown = self.views.get(kind.__name__)
        while shown is None or shown.seq < seq:
            shown = await self.hear(kind)
        return shown

    async def closed(self):
        """Read to the end; the close code and its reason."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code, self.socket.close_reason


class Watcher:
    """Reads all that a terminal is sent."""

    def __init__(self, terminal):
        self.frames = []
        self._reading = asyncio.create_task(self._read(terminal))

    async def _read(self, terminal):
        with suppress(ConnectionClosed):
            while True:
                self.frames.append(await terminal.socket.recv())

    async def ended(self):
        await asyncio.wait([self._reading], timeout=PATIENCE_SECONDS)
        return self.frames


class OneServer:
    """A running server as its terminals see it."""

    def __init__(self, running_server, credentials, stack):
        self.running = running_server
        self.people = running_server.people
        self.credentials = credentials
        self._stack = stack

    @property
    def metrics(self):
        return self.running.metrics

    def figure(self, name, **labels):
        return self.metrics.registry.get_sample_value(name, labels) or 0

    async def dial(self, to=None, **options):
        """A socket that has not said hello, and goes on reading while its test does other things: a
        client that lets sixteen messages lie answers no ping, and is cut off."""
        options = {"proxy": None, "compression": None, "max_queue": None} | options
        dialled = connect(to or self.running.address, **options)
        return Terminal(await self._stack.enter_async_context(dialled))

    async def deaf(self, station):
        """A station that is welcomed, and then reads nothing any more."""
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        small.connect(("127.0.0.1", self.running.port))
        small.setblocking(False)
        terminal = await self.dial(sock=small, max_queue=1, close_timeout=0.1)
        secret = station_secret(station)
        await terminal.say(Hello(version=VERSION, station=station, secret=secret))
        welcome = await terminal.hear(Welcome)
        if welcome.kind in ("counter", "board", "desk"):
            assert isinstance(await terminal.sign_in(staff_at(station)), SignedIn)
        return terminal

    async def knock(self, **hello):
        """Say hello; whatever the answer is."""
        terminal = await self.dial()
        await terminal.say(Hello(**{"version": VERSION, "language": "en", **hello}))
        return terminal, await terminal.hear(Welcome, Refused)

    async def terminal(self, station, **hello):
        """A station that is welcome, with its person signed in."""
        terminal, welcome = await self.station(station, **hello)
        assert isinstance(welcome, Welcome), welcome
        if welcome.kind in ("counter", "board", "desk") and not welcome.staff:
            signed_in = await terminal.sign_in(staff_at(station))
            assert isinstance(signed_in, SignedIn), signed_in
        return terminal

    async def station(self, station, **hello):
        """A station that says hello, with nobody signed in."""
        return await self.knock(station=station, secret=station_secret(station), **hello)

    async def anyone(self, station, **hello):
        """The same for a station, for the customer of the first visit, for who thinks of coming."""
        if station == "customer":
            return await self.knock(ticket=self.ticket(1))
        if station == "visitor":
            return await self.knock(visitor=True, branch="main")
        return await self.station(station, **hello)

    def ticket(self, visit, branch="main"):
        """What the link of a ticket carries."""
        return TicketLinks(KEY).secret(branch, visit)

    def appointment(self, appointment, branch="main"):
        """What the link of an appointment carries."""
        return TicketLinks(KEY).appointment_secret(branch, appointment)

    async def get(self, path, method="GET", body=b"", headers="", host="127.0.0.1"):
        """Status, headers by lower-case name, and body of a page."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.running.port)
        request = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"
        writer.write(request.encode() + body)
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        head, _, content = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        named = (line.split(": ", 1) for line in lines)
        return int(first.split()[1]), {name.lower(): value for name, value in named}, content

    async def get_json(self, path):
        return json.loads((await self.get(path))[2])


@asynccontextmanager
async def serving(
    journal=None,
    clock=None,
    branches=None,
    deadlines=QUIET,
    rehearsal=False,
    source=None,
    open_journal=None,
    voice=None,
    tls_context=None,
    channels=NO_CHANNELS,
    **server,
):
    """A server from its start to its stop; on Monday at nine unless told otherwise."""
    configs = branches or [branch_config()]
    clock = clock or ManualClock()
    journal = journal or MemoryJournal()
    credentials = await furnish(journal, configs, clock.now_ms())
    config = ServerConfig(
        **{"listen": Listen(port=0), "rate_limits": UNLIMITED, **server},
    )
    async with (
        AsyncExitStack() as terminals,  # hung up after the server: it has to send them away
        running(
            config,
            {branch.id: branch for branch in configs},
            credentials,
            hashing(),
            TicketLinks(KEY),
            journal,
            vault_of(journal),
            clock,
            rehearsal=rehearsal,
            deadlines=deadlines,
            source=source,
            open_journal=open_journal,
            voice=voice,
            tls=tls_context,
            channels=channels,
        ) as server_running,
    ):
        yield OneServer(server_running, credentials, terminals)


async def eventually(holds):
    """Wait for what the other side of a socket does in its own time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - no bell is rung for what we wait for
            await asyncio.sleep(0.005)
