"""Pages of appointments and branches as somebody with bad intentions uses them: other sites, twice
at once, bodies, addresses, times that no calendar has. Nothing changes that should not, and nobody
meets an error of ours."""

import asyncio

import pytest

from server.config import RateLimits
from server.journal.memory import MemoryJournal
from server.reception import Deadlines
from shared.i18n import text
from shared.library_lines import is_worth_a_line
from shared.protocol import FindSlots, HoldSlot, MoveAppointment, Refused, SlotsFound
from tests.server.one_branch import DAY, new_id, rows
from tests.server.one_server import PATIENCE_SECONDS
from tests.server.test_appointment_pages import FORM, action, own, page, state, tap
from tests.server.test_bookings import TOMORROW, booked, holder, house, slots

FAR = (0, 253_402_300_799_999, 999_999_999_999_999)
NO_TIME_LEFT = Deadlines(heartbeat_seconds=3600, open_seconds=0.3)


async def at_once(server, *paths):
    """Posted all together, as by a double click; the answers."""
    posts = (server.get(path, method="POST", headers=FORM) for path in paths)
    return [status for status, _, _ in await asyncio.gather(*posts)]


async def sent(server, request):
    """Whatever comes back for these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
    writer.write(request)
    await writer.drain()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def later(server):
    """An appointment tomorrow, and two other times of that day."""
    kiosk = await server.terminal("kiosk-1")
    first, *others = await slots(kiosk, first_day=TOMORROW)
    await booked(kiosk, first)
    return others


# --- Other sites ---------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_on_another_sites_page_changes_nothing(site):
    async with house() as server:
        slot, *_ = await later(server)
        headers = f"{FORM}Sec-Fetch-Site: {site}\r\nOrigin: null\r\n"

        for path in (f"{own(server)}/cancel", action("confirm"), f"{own(server)}/move/{slot}"):
            status, _, _ = await server.get(path, method="POST", headers=headers)
            assert status == 403
        ours = f"{FORM}Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n"
        untouched = await state(server)
        own_form, _, _ = await server.get(action("confirm"), method="POST", headers=ours)

        assert untouched == ("booked", False)
        assert (own_form, await state(server)) == (303, ("booked", True))


# --- Twice, and at once --------------------------------------------------------------------------


async def test_every_key_pressed_five_times_at_once_does_it_once():
    journal = MemoryJournal()
    async with house(journal) as server:
        slot, *_ = await later(server)

        for path in ("/confirm", f"/move/{slot}", "/cancel"):
            assert await at_once(server, *[f"{own(server)}{path}"] * 5) == [303] * 5

    types = [row.type for row in await rows(journal)]
    for done in ("AppointmentConfirmed", "AppointmentMoved", "AppointmentCancelled"):
        assert types.count(done) == 1


async def test_keys_that_contradict_each_other_end_at_a_page_that_says_how_it_stands():
    async with house() as server:
        slot, *_ = await later(server)
        keys = ("/cancel", "/confirm", f"/move/{slot}", "/cancel")

        answers = await at_once(server, *(f"{own(server)}{key}" for key in keys))
        _, _, html = await page(server, f"{own(server)}?lang=en")

        assert answers == [303] * 4
        assert (await state(server))[0] == "cancelled"
        assert text("en", "booked_page.state.cancelled") in html


# --- What is no link, no time, no form -----------------------------------------------------------


@pytest.mark.parametrize("at", FAR)
async def test_a_time_beyond_all_calendars_is_a_time_that_is_not_free(at, caplog):
    async with house() as server:
        await later(server)

        lead = await tap(server, f"{own(server)}/move/{at}?lang=en")
        status, _, html = await page(server, f"{own(server)}/move/{at}?lang=en")
        phone = await holder(server)
        refused = await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=at))

        assert (lead[0], status) == (303, 200)
        assert "This time is not free any more" in html
        assert (refused.code, await state(server)) == ("SlotNotOffered", ("booked", False))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_no_time_that_a_stranger_asks_for_ends_a_connection():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")

        for day in ("9999-12-31", "2026-11-31", "0001-01-01", "2026-02-30", "9999-99-99"):
            found = await kiosk.order(FindSlots(id=new_id(), service="B", first_day=day, days=31))
            assert isinstance(found, SlotsFound), day
        held = HoldSlot(id=new_id(), day=DAY, service="B", slot=2**53 - 1)

        assert isinstance(await kiosk.order(held), Refused)


async def test_a_form_that_says_anything_is_cut_and_changes_nothing():
    async with house() as server:
        await later(server)
        head = f"POST {own(server)}/cancel HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
        large = b"x" * 100_000

        answers = [
            await sent(server, head + b"Content-Length: 100000\r\n\r\n" + large),
            await sent(server, head + b"Content-Length: -1\r\n\r\n"),
            await sent(server, head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
            await sent(server, head + b"Content-Length: 0\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"),
            await sent(server, head.replace(b"/a/", b"/\xff/") + b"\r\n"),
        ]

        assert await state(server) == ("booked", False)
    assert not any(answer.startswith(b"HTTP/1.1 303") for answer in answers)


async def test_what_follows_the_head_of_a_request_is_worth_no_line_of_the_log(caplog):
    requests = (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /a/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n\r\n\r\n",
    )
    caplog.set_level("WARNING")
    async with house() as server:
        for request in requests:
            await sent(server, request)

    of_the_library = [one for one in caplog.records if one.name.startswith("websockets")]
    assert of_the_library
    assert not any(map(is_worth_a_line, of_the_library))


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data"])
async def test_what_an_empty_form_calls_itself_does_not_matter(kind):
    async with house() as server:
        await later(server)
        headers = f"Content-Length: 0\r\nContent-Type: {kind}\r\n"

        status, _, _ = await server.get(f"{own(server)}/confirm", method="POST", headers=headers)

        assert (status, await state(server)) == (303, ("booked", True))


async def test_a_form_that_never_ends_is_cut():
    async with house(deadlines=NO_TIME_LEFT) as server:
        await later(server)

        for part in (b"POST /a/x", f"POST {own(server)}/cancel HTTP/1.1\r\nHost: 1".encode()):
            assert await sent(server, part) == b""

        assert await state(server) == ("booked", False)


@pytest.mark.parametrize(
    "path",
    [
        "/b/../metrics",
        "/b/%2e%2e/health",
        "/b/main%00",
        "/b/main;x=1",
        "/b/__proto__",
        "/phone-files/../ticket.html",
        "/phone-files/..%2f..%2fapp.py",
        "/phone-files/ticket.html",
        "/phone-files/head.html",
        "/display-files/../accuracy.html",
        "/display/main/voice/../../lobby.wav",
        "//a/x",
        "/a//x",
        "/a/x%0d%0aSet-Cookie:%20a=b",
        "/a/feed/../x.ics",
    ],
)
async def test_no_trick_with_an_address_leads_anywhere(path):
    async with house() as server:
        status, headers, body = await server.get(path)

    assert status == 404
    assert "set-cookie" not in headers
    assert b"{{" not in body


async def test_nothing_of_a_request_gets_into_the_heads_of_an_answer():
    async with house() as server:
        await later(server)
        path = f"{own(server)}/confirm?lang=en%0d%0aX-Evil:%20y&lang=zh%0d%0a"

        status, headers, _ = await server.get(path, method="POST", headers=FORM)

    assert (status, headers["location"]) == (303, own(server))
    assert not any("evil" in f"{name}{value}".lower() for name, value in headers.items())


# --- Guessing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/a/{}", "/a/{}.ics", "/a/{}/cancel", "/a/{}/move", "/a/confirm/1-{}", "/a/feed/{}.ics"],
)
async def test_wrong_links_of_every_kind_are_counted_and_look_the_same(path):
    async with house(limits=RateLimits(wrong_credentials_per_address=2)) as server:
        await booked(await server.terminal("kiosk-1"))
        wrong = [await page(server, f"{path.format('x' * 22)}?lang=en") for _ in range(5)]
        nothing = await page(server, "/a/nothing?lang=en")
        right = [await page(server, own(server)), await page(server, f"{own(server)}.ics")]

    assert [status for status, _, _ in wrong] == [404] * 4 + [429]
    assert nothing[0] == 429
    assert len({html for _, _, html in wrong[:4]}) == 1
    assert [status for status, _, _ in right] == [200, 200]


async def test_a_link_of_one_appointment_or_purpose_does_nothing_to_another():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        first, second, *_ = await slots(kiosk, first_day=TOMORROW)
        await booked(kiosk, first)
        await booked(kiosk, second)
        of_two = action("cancel", appointment=2).rpartition("-")[2]
        ticket = server.ticket(1)

        for path in (
            f"/a/cancel/1-{of_two}",
            action("confirm").replace("confirm", "cancel"),
            f"/a/{of_two}/cancel",
            f"/a/{ticket}/cancel",
        ):
            status, _, _ = await server.get(path, method="POST", headers=FORM)
            assert status == 404, path

        assert [await state(server, n) for n in (1, 2)] == [("booked", False)] * 2
