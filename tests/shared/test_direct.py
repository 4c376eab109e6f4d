"""A connection to the server is one to it alone: straight, and wherever it would send us, no
further."""

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidMessage, InvalidStatus, WebSocketException

from shared.direct import connect

HEADERS = {"X-Station": "kiosk-1"}


def opened(port, open_seconds=30.0, size_max=1_000):
    return connect(
        f"ws://127.0.0.1:{port}/ws",
        HEADERS,
        tls=None,
        size_max=size_max,
        open_seconds=open_seconds,
        close_seconds=0.1,
    )


@asynccontextmanager
async def server(answer=None, handler=None):
    """Its port, and the requests it has been sent; `answer` to every one of them."""
    asked = []

    def gate(connection, request):
        asked.append(request)
        return answer(connection) if answer else None

    async def nothing(connection):
        await connection.wait_closed()

    async with serve(handler or nothing, "127.0.0.1", 0, process_request=gate) as running:
        yield running.sockets[0].getsockname()[1], asked


async def test_messages_go_both_ways():
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    async with server(handler=echo) as (port, asked):
        connection = await opened(port)
        await connection.send("a")
        heard = await connection.recv()
        await connection.close()

    assert heard == "a"
    assert [request.headers["X-Station"] for request in asked] == ["kiosk-1"]
    assert "Sec-WebSocket-Extensions" not in asked[0].headers


async def test_the_secret_of_a_station_follows_no_redirect():
    async with server() as (elsewhere, asked_elsewhere):

        def there(connection):
            answer = connection.respond(HTTPStatus.FOUND, "")
            answer.headers["Location"] = f"ws://127.0.0.1:{elsewhere}/ws"
            return answer

        async with server(there) as (port, asked):
            with pytest.raises(InvalidStatus):
                await opened(port)

    assert (len(asked), asked_elsewhere) == (1, [])


async def test_no_proxy_of_the_machine_is_asked(monkeypatch):
    async with server() as (proxy, asked_proxy), server() as (port, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        connection = await opened(port)
        await connection.close()

    assert (len(asked), asked_proxy) == (1, [])


async def test_what_speaks_something_else_is_no_server():
    async def other(_reader, writer):
        writer.write(b"220 mail.example.com\r\n")
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as running:
        with pytest.raises(InvalidMessage):
            await opened(running.sockets[0].getsockname()[1])


async def test_a_server_that_hangs_up_at_once_is_none():
    async def gone(_reader, writer):
        writer.transport.abort()

    async with await asyncio.start_server(gone, "127.0.0.1", 0) as running:
        with pytest.raises((WebSocketException, OSError)):
            await opened(running.sockets[0].getsockname()[1])


async def test_a_server_that_says_nothing_is_not_waited_for():
    left = asyncio.Event()

    async def silent(reader, writer):
        await reader.read()
        writer.close()
        left.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as running:
        with pytest.raises(TimeoutError):
            await opened(running.sockets[0].getsockname()[1], open_seconds=0.05)
        async with asyncio.timeout(30):
            await left.wait()  # nothing is left open
