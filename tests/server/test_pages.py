"""The GET pages, and who is turned away at the door."""

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from server.config import Listen
from server.journal.contract import JournalFailed, JournalFull
from server.journal.memory import MemoryJournal
from server.runner import REST_MS
from shared.protocol import Accepted, KioskView
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, take
from tests.server.one_server import eventually, serving

ANYWHERE = Listen(host="0.0.0.0", port=0)
CLOSED_DOORS = "default-src 'none'"


async def test_health_tells_of_every_branch():
    async with serving(branches=[branch_config("east"), branch_config("west")]) as server:
        kiosk = await server.terminal("east-kiosk-1")
        taken = await kiosk.order(take())

        status, headers, _ = await server.get("/health")
        health = await server.get_json("/health")

    assert (status, headers["content-type"]) == (200, "application/json")
    assert health["status"] == "ok"
    assert health["branches"]["east"] == {"status": "running", "seq": taken.seq, "day": DAY}
    assert set(health["branches"]) == {"east", "west"}
    assert health["sqlite_version"].startswith("3.")


async def test_a_stopped_branch_makes_the_server_unhealthy():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        kiosk = await server.terminal("kiosk-1")
        journal.fail_next(JournalFailed("io_error", path="the disk", detail="broken"))
        await kiosk.say(take())
        code, _ = await kiosk.closed()

        status, _, _ = await server.get("/health")
        health = await server.get_json("/health")

    assert code == 4503
    assert status == 503
    assert health["branches"]["main"]["status"] == "stopped"


async def test_a_full_disk_makes_the_server_unhealthy_until_there_is_room():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        journal.fail_next(JournalFull("full", path="the disk"))
        refused = await kiosk.order(take())
        status, _, _ = await server.get("/health")
        health = await server.get_json("/health")
        gauge = server.figure("lobby_read_only", branch="main")
        shown = await kiosk.view(KioskView)

        await clock.asleep()
        clock.advance(seconds=REST_MS / 1000)
        while (await kiosk.hear(KioskView)).read_only:
            pass

        assert (refused.code, shown.read_only) == ("Busy", True)
        assert (status, health["branches"]["main"]["status"], gauge) == (503, "read_only", 1)
        assert (await server.get("/health"))[0] == 200
        assert server.figure("lobby_read_only", branch="main") == 0


async def test_metrics_count_what_was_done():
    async with serving() as server:
        await (await server.terminal("kiosk-1")).order(take())

        status, headers, body = await server.get("/metrics")

    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    assert b'lobby_commands_total{command="TakeTicket",result="Accepted"} 1.0' in body
    assert b'lobby_connections{role="kiosk"} 1.0' in body
    assert b'lobby_events_appended_total{branch="main"}' in body


@pytest.mark.parametrize(
    "path", ["/", "/accuracy", "/health", "/metrics", "/nothing", "/ws/", "/../etc/passwd"]
)
async def test_every_page_forbids_what_a_browser_might_do_with_it(path):
    async with serving() as server:
        _, headers, _ = await server.get(path)

    assert headers["content-security-policy"].startswith(CLOSED_DOORS)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/nothing", "/ws/", "/healthy", "/health/", "//"])
async def test_what_is_not_there_is_not_found(path):
    async with serving() as server:
        assert (await server.get(path))[0] == 404


async def test_a_question_mark_changes_no_page():
    async with serving() as server:
        assert (await server.get("/health?x=/nothing"))[0] == 200


async def test_head_is_get_without_the_body():
    async with serving() as server:
        _, get, page = await server.get("/")
        status, head, body = await server.get("/", method="HEAD")

    assert (status, head, body) == (200, get, b"")
    assert page


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
async def test_nothing_else_than_reading_is_answered(method):
    async with serving() as server:
        status, headers, _ = await server.get("/health", method=method)

    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_a_plain_get_of_the_websockets_path_is_told_to_upgrade():
    async with serving() as server:
        assert (await server.get("/ws"))[0] == 426
        assert (await server.get("/ws", method="HEAD"))[0] == 404


async def test_a_terminal_at_the_wrong_path_is_refused():
    async with serving() as server:
        address = server.running.address.removesuffix("/ws")

        with pytest.raises(InvalidStatus, match="HTTP 200"):
            await server.dial(to=address)


async def test_whoever_finds_no_room_is_told_when_to_come_back():
    async with serving(connections_max=1) as server:
        await server.terminal("kiosk-1")

        with pytest.raises(InvalidStatus) as caught:
            await server.dial()

        response = caught.value.response
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "10"
        assert b'"TooManyConnections"' in response.body
        assert server.figure("lobby_turned_away_total", limit="places") == 1


async def test_one_address_cannot_take_all_the_room():
    async with serving(connections_per_address_max=2) as server:
        for station in ("kiosk-1", "counter-1"):
            await server.terminal(station)

        with pytest.raises(InvalidStatus, match="HTTP 503"):
            await server.dial()


async def test_room_is_given_back_by_whoever_leaves_and_by_handshakes_that_fail():
    async with serving(connections_max=1) as server:
        for _ in range(3):
            assert (await server.get("/ws"))[0] == 426
        first = await server.dial()
        await first.socket.close()
        await eventually(lambda: not server.running.room.taken)

        second = await server.terminal("kiosk-1")

        assert isinstance(await second.order(take()), Accepted)


async def test_pages_take_no_room():
    async with serving(connections_max=1) as server:
        await server.terminal("kiosk-1")

        statuses = await asyncio.gather(*(server.get("/health") for _ in range(5)))

    assert {status for status, *_ in statuses} == {200}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://lobby.example:444"])
async def test_another_sites_page_cannot_talk_to_us_through_a_visitors_browser(origin):
    async with serving(public_url="https://lobby.example") as server:
        with pytest.raises(InvalidStatus, match="HTTP 403"):
            await server.dial(origin=origin)


async def test_our_own_pages_may_talk_to_us():
    async with serving(
        public_url="https://lobby.example", allowed_origins=("http://lobby-server:8470",)
    ) as server:
        await server.dial(origin="https://lobby.example")
        await server.dial(origin="http://lobby-server:8470")
        await server.dial(origin=f"http://127.0.0.1:{server.running.port}")


async def test_beyond_this_machine_only_the_public_pages_may_talk_to_us():
    """Its own address would do on this machine; from elsewhere it is not what visitors open."""
    async with serving(public_url="https://lobby.example", listen=ANYWHERE) as server:
        address = f"ws://127.0.0.1:{server.running.port}/ws"
        await server.dial(to=address, origin="https://lobby.example")

        with pytest.raises(InvalidStatus, match="HTTP 403"):
            await server.dial(to=address, origin=f"http://127.0.0.1:{server.running.port}")


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/nothing"])
async def test_nothing_is_told_to_whoever_asks_by_a_name_that_is_not_ours(path):
    """Else any web page could read it through its visitors: it has its own name point here."""
    async with serving() as server:
        status, headers, body = await server.get(path, host="evil.example")
        ours, _, _ = await server.get("/health", host=f"localhost:{server.running.port}")

    assert status == 403
    assert "allowed_origins" in body.decode()
    assert "访问名称" in body.decode()
    assert b"lobby_" not in body
    assert headers["content-security-policy"].startswith(CLOSED_DOORS)
    assert ours == 200


async def test_a_name_that_is_allowed_is_ours():
    async with serving(allowed_origins=("http://lobby-server:8470",)) as server:
        assert (await server.get("/health", host="lobby-server:8470"))[0] == 200


async def test_terminals_may_ask_by_any_name():
    """They are no browsers, and prove who they are."""
    async with serving() as server:
        await server.dial(additional_headers={"Host": "any.name.example"})
