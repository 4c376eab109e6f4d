"""An appointment on its customer's phone, over real sockets and without JavaScript: what is there
to see, what a second tap changes, and that a look or an old link changes nothing."""

import re

import pytest

from server.config import RateLimits
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from shared.protocol import CancelAppointment, MoveAppointment
from shared.testing import ManualClock
from tests.server.one_branch import DAY, new_id, rows
from tests.server.one_server import KEY, eventually
from tests.server.test_bookings import NAME, PHONE, TOMORROW, booked, check_in, holder, house, slots

FORM = "Content-Length: 0\r\nContent-Type: application/x-www-form-urlencoded\r\n"
MINUTE = 60


async def page(server, path, **options):
    status, headers, body = await server.get(path, **options)
    return status, headers, body.decode()


async def tap(server, path):
    """Post the empty form; where it leads to."""
    status, headers, body = await server.get(path, method="POST", headers=FORM)
    assert body == b""
    return status, headers.get("location")


def own(server, appointment=1):
    return f"/a/{server.appointment(appointment)}"


def action(purpose, sequence=0, appointment=1):
    """The link of a notice."""
    links = TicketLinks(KEY)
    return f"/a/{purpose}/{links.action(purpose, 'main', appointment, sequence)}"


def said(html):
    """The words of a page, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


async def state(server, appointment=1):
    one = server.running.runners["main"].appointment(appointment)
    return one.state, one.confirmed


# --- The page ------------------------------------------------------------------------------------


async def test_the_page_says_when_and_where_and_how_to_check_in_and_nobodys_name():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        at = (await slots(kiosk, first_day=TOMORROW))[4]
        code = (await booked(kiosk, at, name=NAME, phone=PHONE)).short_code

        status, headers, html = await page(server, f"{own(server)}?lang=en")

    words = said(html)
    assert status == 200
    assert "Tuesday 17 November 10:00" in words
    for expected in ("Branch", "Booked", code, "You can check in from 09:00", "I will come"):
        assert expected in words
    assert "<svg role=" in html
    assert f'href="{own(server)}.ics"' in html
    assert NAME not in html
    assert PHONE not in html
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex"
    policy = headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in html
    assert " style=" not in html


async def test_the_page_speaks_the_language_of_the_booking_unless_it_is_asked_otherwise():
    async with house() as server:
        await booked(await server.terminal("kiosk-1"))

        _, _, chinese = await page(server, own(server), headers="Accept-Language: en\r\n")
        _, _, english = await page(server, f"{own(server)}?lang=en")

    assert '<html lang="zh">' in chinese
    assert '<html lang="en">' in english
    assert 'href="?lang=en"' in chinese
    assert 'href="?lang=zh"' in english


async def test_who_has_come_sees_the_number_and_no_keys():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk)
        came = await kiosk.order(check_in(link=answer.link))

        _, _, html = await page(server, f"{own(server)}?lang=en")

    assert f"You have checked in: {came.number}" in said(html)
    assert 'id="keys" hidden' in html
    assert answer.short_code not in html


async def test_who_is_late_is_told_to_come_all_the_same():
    clock = ManualClock()
    async with house(clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk)
        clock.advance(seconds=5 * MINUTE)
        _, _, late = await page(server, f"{own(server)}?lang=en")
        clock.advance(seconds=15 * MINUTE)
        await eventually(lambda: server.running.runners["main"].appointment(1).state == "missed")
        _, _, missed = await page(server, f"{own(server)}?lang=en")

    assert "Your time has come" in said(late)
    assert answer.short_code in late
    assert "served like everybody" in said(missed)


async def test_the_end_of_the_link_is_two_hours_after_the_day():
    clock = ManualClock()
    async with house(clock=clock) as server:
        await booked(await server.terminal("kiosk-1"))
        clock.advance(seconds=13 * 3_600 - 1)
        before, _, _ = await page(server, own(server))
        clock.advance(seconds=1)

        after, _, html = await page(server, f"{own(server)}?lang=en")

    assert (before, after) == (200, 404)
    assert "No such appointment" in said(html)


# --- Confirming and cancelling -------------------------------------------------------------------


@pytest.mark.parametrize("of", ["the page", "a notice"])
async def test_a_look_changes_nothing_and_a_tap_confirms(of):
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8])
        path = f"{own(server)}/confirm" if of == "the page" else action("confirm")
        for method in ("GET", "HEAD"):
            await server.get(path, method=method)
        assert await state(server) == ("booked", False)

        status, where = await tap(server, path)
        _, _, html = await page(server, f"{where}?lang=en")

        assert status == 303
        assert await state(server) == ("booked", True)
    expected = {"the page": "you have said that you will come", "a notice": "Thank you"}
    assert expected[of] in said(html)


@pytest.mark.parametrize("of", ["the page", "a notice"])
async def test_to_cancel_takes_a_second_tap(of):
    journal = MemoryJournal()
    async with house(journal) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8])
        path = f"{own(server)}/cancel" if of == "the page" else action("cancel")
        _, _, question = await page(server, f"{path}?lang=en")
        assert await state(server) == ("booked", False)

        _, where = await tap(server, path)
        _, _, html = await page(server, f"{where}?lang=en")

        assert await state(server) == ("cancelled", False)
    assert "Cancel this appointment?" in said(question)
    assert f'<form method="post" action="{path}?lang=en">' in question
    assert "cancelled" in said(html).lower()
    cancelled = [row for row in await rows(journal) if row.type == "AppointmentCancelled"]
    assert b'"by":"customer"' in cancelled[0].data


async def test_two_taps_do_it_once():
    journal = MemoryJournal()
    async with house(journal) as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8])

        for _ in range(3):
            await tap(server, f"{own(server)}/confirm")
            await tap(server, action("confirm"))

    types = [row.type for row in await rows(journal)]
    assert types.count("AppointmentConfirmed") == 1


async def test_the_link_of_a_notice_leads_to_nothing_else():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        answer = await booked(kiosk, (await slots(kiosk))[8])

        for purpose in ("confirm", "cancel"):
            _, _, html = await page(server, action(purpose))
            other = {"confirm": "cancel", "cancel": "confirm"}[purpose]

            assert server.appointment(1) not in html
            assert answer.short_code not in html
            assert action(other) not in html
            wrong = action(purpose).replace(purpose, other)
            assert (await page(server, wrong))[0] == 404


# --- What is old ---------------------------------------------------------------------------------


async def test_the_link_of_a_notice_is_old_when_the_appointment_was_moved():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8])
        phone = await holder(server)
        later = (await slots(phone, first_day=TOMORROW))[0]
        await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=later))

        _, _, html = await page(server, f"{action('cancel')}?lang=en")
        await tap(server, action("cancel"))
        await tap(server, action("confirm"))

        assert await state(server) == ("booked", False)
        await tap(server, action("confirm", sequence=1))
        assert await state(server) == ("booked", True)
    assert "This link is old" in said(html)
    assert "<form" not in html


async def test_after_the_time_nothing_is_confirmed_or_cancelled():
    clock = ManualClock()
    async with house(clock=clock) as server:
        await booked(await server.terminal("kiosk-1"))
        clock.advance(seconds=MINUTE)

        _, _, html = await page(server, f"{action('cancel')}?lang=en")
        for path in (action("cancel"), action("confirm"), f"{own(server)}/cancel"):
            await tap(server, path)

        assert await state(server) == ("booked", False)
    assert "Nothing was changed" in said(html)


async def test_a_cancelled_appointment_is_not_confirmed():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8])
        phone = await holder(server)
        await phone.order(CancelAppointment(id=new_id(), day=DAY))

        _, _, html = await page(server, f"{action('confirm')}?lang=en")
        await tap(server, action("confirm"))

        assert await state(server) == ("cancelled", False)
    assert "This appointment is cancelled" in said(html)


@pytest.mark.parametrize(
    "path",
    [
        "/a/",
        "/a/" + "x" * 22,
        "/a/" + "x" * 22 + "/cancel",
        "/a/" + "x" * 22 + "/erase",
        "/a/cancel/1-" + "x" * 22,
        "/a/cancel/999999999999999-" + "x" * 22,
        "/a/confirm/1",
        "/a/" + "x" * 5_000,
    ],
)
async def test_a_wrong_link_leads_nowhere(path):
    async with house() as server:
        await booked(await server.terminal("kiosk-1"))

        status, _, html = await page(server, f"{path}?lang=en")
        posted, _, _ = await page(server, path, method="POST", headers=FORM)

    assert (status, posted) == (404, 404)
    assert "No such appointment" in said(html)


async def test_wrong_links_are_counted():
    async with house(limits=RateLimits(wrong_credentials_per_address=2)) as server:
        await booked(await server.terminal("kiosk-1"))
        statuses = [(await page(server, "/a/" + "x" * 22))[0] for _ in range(6)]
        right, _, _ = await page(server, own(server))

    assert statuses == [404] * 4 + [429] * 2
    assert right == 200


@pytest.mark.parametrize(
    ("method", "path"), [("POST", ""), ("POST", ".ics"), ("PUT", ""), ("DELETE", "")]
)
async def test_other_ways_to_ask_are_none(method, path):
    async with house() as server:
        await booked(await server.terminal("kiosk-1"))

        status, headers, _ = await page(server, own(server) + path, method=method, headers=FORM)

    assert status == 405
    assert headers["allow"] == "GET, HEAD"


async def test_under_another_name_nothing_is_changed():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk))[8])

        status, _, _ = await page(
            server, f"{own(server)}/cancel", method="POST", headers=FORM, host="evil.example"
        )

        assert status == 403
        assert await state(server) == ("booked", False)


# --- Moving ----------------------------------------------------------------------------------


def links_of(html):
    """Where the keys of a page lead."""
    return re.findall(r'class="key" href="([^"?]+)', html)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_appointment_is_moved_by_a_day_a_time_and_a_form_without_javascript(language):
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        first, *_, later = await slots(kiosk, first_day=TOMORROW)
        await booked(kiosk, first)
        chosen = f"?lang={language}"

        _, _, shown = await page(server, f"{own(server)}{chosen}")
        _, _, days = await page(server, f"{own(server)}/move{chosen}")
        _, _, times = await page(server, f"{own(server)}/move/{TOMORROW}{chosen}")
        _, _, ask = await page(server, f"{own(server)}/move/{later}{chosen}")
        looked = server.running.runners["main"].appointment(1).slot
        moved = await tap(server, f"{own(server)}/move/{later}{chosen}")
        again = await tap(server, f"{own(server)}/move/{later}{chosen}")
        one = server.running.runners["main"].appointment(1)

    assert f"{own(server)}/move" in links_of(shown)
    assert f"{own(server)}/move/{TOMORROW}" in links_of(days)
    assert f"{own(server)}/move/{later}" in links_of(times)
    assert f'method="post" action="{own(server)}/move/{later}?lang={language}"' in ask
    assert looked == first
    assert moved == again == (303, f"{own(server)}{chosen}")
    assert (one.slot, one.sequence, one.state) == (later, 1, "booked")
    assert not any("<script" in html or " style=" in html for html in (days, times, ask))


async def test_a_time_that_others_took_meanwhile_is_said_so_and_nothing_is_changed():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        first, second, *_ = await slots(kiosk, first_day=TOMORROW)
        await booked(kiosk, first)
        for _ in range(20):
            if second not in await slots(kiosk, first_day=TOMORROW):
                break
            await booked(kiosk, second)

        lead = await tap(server, f"{own(server)}/move/{second}?lang=en")
        _, _, html = await page(server, f"{own(server)}/move/{second}?lang=en")
        one = server.running.runners["main"].appointment(1)

    assert lead == (303, f"{own(server)}/move/{second}?lang=en")
    assert "This time is not free any more" in said(html)
    assert f"{own(server)}/move" in links_of(html)
    assert (one.slot, one.sequence) == (first, 0)


async def test_under_a_wrong_link_or_another_name_and_without_a_time_nothing_is_moved():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        first, second, *_ = await slots(kiosk, first_day=TOMORROW)
        await booked(kiosk, first)

        post = {"method": "POST", "headers": FORM}
        wrong, _, _ = await page(server, f"/a/{'x' * 22}/move/{second}", **post)
        no_time, _, _ = await page(server, f"{own(server)}/move", **post)
        foreign, _, _ = await page(
            server, f"{own(server)}/move/{second}", **post, host="evil.example"
        )
        one = server.running.runners["main"].appointment(1)

    assert (wrong, no_time, foreign) == (404, 405, 403)
    assert (one.slot, one.sequence) == (first, 0)


async def test_what_is_cancelled_is_not_moved():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        first, second, *_ = await slots(kiosk, first_day=TOMORROW)
        await booked(kiosk, first)
        await tap(server, f"{own(server)}/cancel")

        lead = await tap(server, f"{own(server)}/move/{second}")
        _, _, html = await page(server, f"{own(server)}/move?lang=en")

    assert lead == (303, own(server))
    assert "Cancelled" in said(html)
    assert await state(server) == ("cancelled", False)
