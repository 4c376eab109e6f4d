"""Who is let in, and what becomes of a program when its page goes, without a browser."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shared.i18n import LANGUAGES, text
from tests.server.one_server import eventually
from tests.web import drawn
from tests.web.one_web import one_web, programs
from web.app_process import environment
from web.server import MESSAGE_BYTES_MAX, is_loopback, is_origin
from web.sessions import ELSEWHERE, ENDED

PATIENCE_SECONDS = 40


async def get(web, path, method="GET", **headers):
    """Status, headers by lower-case name, and body."""
    host, _, port = web.address.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    sent = {"Host": f"{host}:{port}", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode())
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    named = (line.split(": ", 1) for line in rest)
    return int(first.split()[1]), {name.lower(): value for name, value in named}, body


def dial(web, path="/kiosk/ws", origin=None, page="a", **options):
    """A connection as the page makes it; `origin`: whose page it is, ours unless told."""
    address = web.address.replace("http", "ws", 1) + path + f"?width=80&height=24&page={page}"
    return connect(address, origin=origin or web.address, proxy=None, **options)


async def drawn_on(socket, words):
    """Read until these words have been drawn."""
    received: list[bytes] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while drawn.place_of(received, words) is None:
            message = await socket.recv()
            received += [message] if isinstance(message, bytes) else []


async def code_of(socket):
    """Read to the end; its code."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code


async def test_a_page_from_elsewhere_and_a_name_that_is_not_ours_are_refused(tmp_path):
    async with one_web(tmp_path, with_browser=False) as web:
        port = web.address.rpartition(":")[2]

        by_name = await get(web, "/kiosk", Host="evil.example")
        rebound = await get(web, "/alive", Host=f"evil.example:{port}")
        statuses = []
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "http://localhost"):
            with pytest.raises(InvalidStatus) as refused:
                async with dial(web, origin=origin):
                    pass
            statuses.append(refused.value.response.status_code)
        without = await get(
            web,
            "/kiosk/ws",
            Upgrade="websocket",
            Connection="Upgrade",
            **{"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13"},
        )

        assert (by_name[0], rebound[0], without[0]) == (403, 403, 403)
        assert by_name[2].decode().split("\n")[0] == text(LANGUAGES[0], "page.not_our_name")
        assert statuses == [403] * 4
        assert programs() == []


async def test_there_is_nothing_but_what_the_page_needs(tmp_path):
    async with one_web(tmp_path, with_browser=False) as web:
        statuses = {
            path: (await get(web, path))[0]
            for path in (
                "/",
                "/kiosk",
                "/alive",
                "/kiosk/state",
                "/static/textual.js",
                "/static",
                "/static/",
                "/static/../places.py",
                "/kiosk-2",
                "/download/x",
                "/other/ws",
            )
        }
        posted = await get(web, "/kiosk", method="POST")
        headed = await get(web, "/kiosk", method="HEAD")
        home = await get(web, "/")

        found = [path for path, status in statuses.items() if status < 400]
        assert found == ["/", "/kiosk", "/alive", "/kiosk/state", "/static/textual.js"]
        assert (posted[0], headed[0], headed[2]) == (405, 200, b"")
        assert (home[0], home[1]["location"]) == (302, "/kiosk")


async def test_every_answer_forbids_the_browser_what_it_has_no_business_with(tmp_path):
    async with one_web(tmp_path, with_browser=False) as web:
        for path in ("/kiosk", "/static/page.js", "/nowhere"):
            headers = (await get(web, path))[1]

            assert "default-src 'none'" in headers["content-security-policy"]
            assert "script-src 'self';" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "server" not in headers


async def test_a_program_ends_with_its_page_and_a_page_with_its_program(tmp_path):
    async with one_web(tmp_path, with_browser=False) as web:
        async with dial(web) as socket:
            await drawn_on(socket, text("zh", "kiosk.start"))
            running = programs()
        await eventually(lambda: programs() == [])

        web.files[0].write_text("no secret")
        async with dial(web) as socket:
            code = await code_of(socket)

        assert len(running) == 1
        assert code == ENDED


async def test_there_is_one_program_for_a_station_however_many_pages_are_opened(tmp_path):
    async with one_web(tmp_path, with_browser=False) as web:
        async with dial(web, page="a") as first:
            await drawn_on(first, text("zh", "kiosk.start"))
            rivals = [await dial(web, page=f"r{n}") for n in range(5)]
            last = rivals.pop()
            codes = [await code_of(socket) for socket in (first, *rivals)]
            await drawn_on(last, text("zh", "kiosk.start"))
            running = programs()
            free_for = {
                page: (await get(web, f"/kiosk/state?page={page}"))[2] for page in ("a", "r4")
            }
            await last.close()

        assert codes == [ELSEWHERE] * 5
        assert len(running) == 1
        assert free_for == {"a": b"taken\n", "r4": b"free\n"}


async def test_what_no_page_of_ours_says_does_nothing_and_what_is_too_long_ends_it(tmp_path):
    nonsense = (
        "",
        "{",
        "[" * 40_000,
        '["stdin", 7]',
        '["resize", {"width": "1"}]',
        '["dance"]',
        b"\xff",
        json.dumps(["resize", {"width": 10**9, "height": -5}]),
    )
    async with one_web(tmp_path, with_browser=False) as web:
        async with dial(web) as socket:
            await drawn_on(socket, text("zh", "kiosk.start"))
            for message in nonsense:
                await socket.send(message)
            await socket.send(json.dumps(["ping", "7"]))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (answer := await socket.recv()) != '["pong", "7"]':
                    assert isinstance(answer, bytes)
            await socket.send("x" * (MESSAGE_BYTES_MAX + 1))
            code = await code_of(socket)

        assert code == 1009
        await eventually(lambda: programs() == [])


def test_a_program_gets_nothing_of_our_environment_that_it_does_not_need():
    ours = {"PATH": "/bin", "LANG": "zh_CN.UTF-8", "VAULT_PASSWORD": "x", "TEXTUAL": "devtools"}

    given = environment(ours, 120, 30)

    assert given["PATH"] == "/bin"
    assert (given["COLUMNS"], given["ROWS"]) == ("120", "30")
    assert not {"VAULT_PASSWORD", "TEXTUAL"} & set(given)


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("hall", False)],
)
def test_only_this_machine_reaches_a_loopback_address(address, here):
    assert is_loopback(address) == here


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://kiosk.example.com", True),
        ("http://kiosk.example.com:8471/", True),
        ("kiosk.example.com", False),
        ("https://kiosk.example.com/kiosk", False),
        ("ftp://kiosk.example.com", False),
    ],
)
def test_an_origin_is_a_scheme_and_a_host(url, right):
    assert is_origin(url) == right
