"""Somebody else's page, in the same browser: it reaches nothing of a ticket's."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.browser import needs_browser
from tests.server.phone.one_phone import lobby
from tests.server.test_appointment_pages import own, state
from tests.server.test_bookings import booked, house

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]


@asynccontextmanager
async def somebody_elses_site():
    """A page of another origin, without any policy of its own."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        page = b"<!doctype html><title>other</title>"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + page)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_another_site_can_neither_talk_as_the_phone_nor_read_nor_frame_its_page(browser):
    async with lobby() as branch, somebody_elses_site() as other:
        await branch.take()
        port, address = branch.server.running.port, branch.address(1)
        page = await browser.open(other)

        talked = await page.evaluate(
            f"new Promise((done) => {{ const s = new WebSocket('ws://127.0.0.1:{port}/ws');"
            " s.onopen = () => done('opened'); s.onerror = () => done('refused'); })"
        )
        read = await page.evaluate(f"fetch('{address}').then(() => 'read', () => 'refused')")
        await page.evaluate(
            f"(() => {{ const f = document.createElement('iframe'); f.src = '{address}';"
            " f.onload = () => { window.framed = true; }; document.body.append(f); })()"
        )
        await page.until("window.framed")
        await page.until("document.title === 'other'")

        assert (talked, read) == ("refused", "refused")
        assert any("frame-ancestors" in said for _, said in page.console), page.console


async def test_another_site_cannot_press_a_key_of_an_appointments_page(browser):
    async with house() as server, somebody_elses_site() as other:
        await booked(await server.terminal("kiosk-1"), None)
        address = f"http://127.0.0.1:{server.running.port}{own(server)}/cancel"
        page = await browser.open(other)

        await page.evaluate(
            f"(() => {{ const f = document.createElement('form'); f.method = 'post';"
            f" f.action = '{address}'; document.body.append(f); f.submit(); }})()"
        )
        await page.until("document.body.innerText.includes('Forbidden')")

        assert await state(server) == ("booked", False)


async def test_the_page_itself_may_load_and_talk_to_nothing_else(browser):
    async with lobby() as branch, somebody_elses_site() as other:
        await branch.take()
        phone = await branch.phone(browser, 1)
        socket = other.replace("http", "ws")

        tried = await phone.page.evaluate(
            f"Promise.all([fetch('{other}').then(() => 'read', () => 'refused'),"
            f" new Promise((done) => {{ try {{ const s = new WebSocket('{socket}');"
            " s.onopen = () => done('opened'); s.onerror = () => done('refused'); }"
            " catch { done('refused'); } }),"
            " new Promise((done) => { const s = document.createElement('script');"
            " s.textContent = 'window.ran = true'; document.head.append(s);"
            " setTimeout(() => done(window.ran ? 'ran' : 'refused'), 0); })])"
        )

        assert tried == ["refused"] * 3
        assert sum("Content Security Policy" in said for _, said in phone.page.console) >= 3
