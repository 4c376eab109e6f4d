"""Frames no client of ours would send, over a raw socket: ended with the right code, at once.

T-26 in small. Each is tried before the first message and in the midst of a conversation; what it
costs the server in memory is bounded, and nobody else notices.
"""

import asyncio
import random
import struct
import tracemalloc

import pytest

from server.reception import Deadlines
from shared.protocol import Accepted, Hello, encode
from tests.server.one_branch import take
from tests.server.one_house import station_secret
from tests.server.one_server import PATIENCE_SECONDS, serving

# A client that has been told goodbye, and stays, is waited for that long.
BRIEF = Deadlines(heartbeat_seconds=3600, close_seconds=0.1)

FIN, RSV1, MASKED = 0x80, 0x40, 0x80
CONTINUATION, TEXT, BINARY, NOBODYS, CLOSE, PING, PONG = 0, 1, 2, 3, 8, 9, 10

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(head, payload=b"", *, length=None, masked=True):
    """One frame; its length may lie."""
    told = len(payload) if length is None else length
    mask = MASKED if masked else 0
    if told < 126:
        size = bytes([mask | told])
    elif told < 2**16:
        size = bytes([mask | 126]) + struct.pack("!H", told)
    else:
        size = bytes([mask | 127]) + struct.pack("!Q", told)
    # A mask of zeros changes nothing, and is a mask all the same.
    return bytes([head]) + size + (bytes(4) if masked else b"") + payload


def fragments(count, size):
    """A text in so many pieces, without its end."""
    first = frame(TEXT, b"x" * size)
    return first + frame(CONTINUATION, b"x" * size) * (count - 1)


BAD = {
    "text that is no UTF-8": (frame(FIN | TEXT, b"\xff\xfe{"), 1007),
    "half a character": (frame(FIN | TEXT, "字".encode()[:2]), 1007),
    "not masked": (frame(FIN | TEXT, b"{}", masked=False), 1002),
    "a reserved bit": (frame(FIN | 0x20 | TEXT, b"{}"), 1002),
    "compressed, which nobody agreed to": (frame(FIN | RSV1 | TEXT, b"\xaaV\x02\x00"), 1002),
    "an opcode that is nobody's": (frame(FIN | NOBODYS, b"{}"), 1002),
    "a control opcode that is nobody's": (frame(FIN | 11, b""), 1002),
    "the rest of nothing": (frame(FIN | CONTINUATION, b"{}"), 1002),
    "a new text within a text": (frame(TEXT, b"{") + frame(FIN | TEXT, b"}"), 1002),
    "a ping that is too long": (frame(FIN | PING, b"x" * 126), 1002),
    "a ping in pieces": (frame(PING, b"x"), 1002),
    "a goodbye of one byte": (frame(FIN | CLOSE, b"x"), 1002),
    "a goodbye with a code that is none": (frame(FIN | CLOSE, struct.pack("!H", 999)), 1002),
    "a goodbye that is no UTF-8": (frame(FIN | CLOSE, b"\x03\xe8\xff"), 1007),
    "a length of 2^62": (frame(FIN | TEXT, b"x", length=2**62), 1009),
    "a length of 2^63": (frame(FIN | TEXT, b"x", length=2**63), 1009),
    "100 kB": (frame(FIN | TEXT, b"x" * 1_000, length=100_000), 1009),
    "66 kB in pieces": (fragments(66, 1_000), 1009),
    "4100 pieces": (fragments(4_100, 1), 1009),
    "4100 empty pieces": (fragments(4_100, 0), 1009),
}


class Raw:
    """A websocket of which every byte is ours."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def send(self, data):
        self._writer.write(data)
        await self._writer.drain()

    async def close_code(self):
        """Read to the server's goodbye, and hang up."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                head, size = await self._reader.readexactly(2)
                if size == 126:
                    size = struct.unpack("!H", await self._reader.readexactly(2))[0]
                payload = await self._reader.readexactly(size)
                if head & 15 == CLOSE:
                    return struct.unpack("!H", payload[:2])[0]

    async def hang_up(self):
        self._writer.close()
        await self._writer.wait_closed()


async def raw(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
    writer.write(HANDSHAKE)
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101")
    return Raw(reader, writer)


async def welcomed(server):
    socket = await raw(server)
    hello = Hello(version=1, station="kiosk-1", secret=station_secret("kiosk-1"))
    await socket.send(frame(FIN | TEXT, encode(hello)))
    return socket


@pytest.mark.parametrize("opened", [raw, welcomed], ids=["before hello", "after welcome"])
@pytest.mark.parametrize(("bad", "code"), BAD.values(), ids=BAD)
async def test_a_bad_frame_ends_its_connection_with_the_right_code(bad, code, opened):
    async with serving(deadlines=BRIEF) as server:
        display = await server.terminal("display-1")
        socket = await opened(server)

        await socket.send(bad)

        assert await socket.close_code() == code
        await socket.hang_up()
        kiosk = await server.terminal("kiosk-1")
        assert isinstance(await kiosk.order(take()), Accepted)
        assert display.socket.close_code is None


async def test_what_is_promised_and_never_sent_costs_no_memory():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        sockets = [await raw(server) for _ in range(20)]
        tracemalloc.start()

        for socket in sockets:
            await socket.send(frame(FIN | TEXT, b"x" * 1_000, length=65_000))
            await socket.send(b"x" * 30_000)
        for _ in range(20):
            await kiosk.order(take("Z"))

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for socket in sockets:
            await socket.hang_up()

    # What has come, twice over, and not the gigabytes that could have been set aside.
    assert peak < 20 * 4 * 65_000


async def test_any_bytes_at_all_leave_the_server_alive(seed):
    chance = random.Random(seed)
    async with serving() as server:
        for _ in range(200):
            socket = await raw(server)
            await socket.send(chance.randbytes(chance.randrange(1, 400)))
            await socket.hang_up()

        kiosk = await server.terminal("kiosk-1")
        taken = await kiosk.order(take())
        health = await server.get_json("/health")

    assert isinstance(taken, Accepted)
    assert health["status"] == "ok"
