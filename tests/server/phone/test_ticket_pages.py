"""A ticket's page as it is sent: plain, small, whole without JavaScript, and nobody else's."""

import re
from typing import get_args

import pytest
from msgspec.structs import replace

from server import web_files
from server.journal.contract import JournalFailed
from server.journal.memory import MemoryJournal
from server.ticket_pages import state_of
from shared.i18n import LANGUAGES, text
from shared.protocol import Accepted, CloseDay, LeaveLine, StepBack, TicketState, TicketView, Words
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, take
from tests.server.one_server import QUIET, UNLIMITED
from tests.server.phone.one_phone import lobby

BYTES_MAX = 60_000
STRICT = replace(UNLIMITED, wrong_credentials_per_address=3, minutes_at_once=1.0)


async def page_of(branch, visit, query="", headers=""):
    """Status, headers and HTML of a ticket's page."""
    path = f"/t/{branch.server.ticket(visit)}{query}"
    status, answered, body = await branch.server.get(path, headers=headers)
    return status, answered, body.decode()


def plain(html):
    """The text of a page, as a browser without JavaScript shows it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("&#x27;", "'")))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_without_javascript_the_page_says_the_number_and_what_to_do(lang):
    async with lobby(deadlines=QUIET) as branch:
        taken = await branch.take("F", language=lang)
        _, _, waiting = await page_of(branch, 1)
        await branch.call()
        _, _, called = await page_of(branch, 1)

    said = plain(waiting)
    assert taken.number in said
    for key in ("phone.no_script", "phone.advice.soon", "phone.bring", "phone.again"):
        assert text(lang, key) in said
    assert text(lang, "phone.as_of", time="09:00:00") in said
    counter = {"zh": "一号窗口", "en": "Counter one"}[lang]
    assert text(lang, "phone.state.called", counter=counter) in plain(called)
    assert f'<html lang="{lang}">' in called
    assert "{{" not in called


async def test_the_page_is_plain_and_small_and_nothing_of_it_is_inline():
    async with lobby(deadlines=QUIET) as branch:
        await branch.take()
        status, headers, html = await page_of(branch, 1)
        asked = {"phone.css", "icon.svg", *web_files.MODULES}
        bodies = [await branch.server.get(f"/phone-files/{name}") for name in sorted(asked)]
        words = [await branch.server.get(f"/phone-files/words.{one}.json") for one in LANGUAGES]

    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert {one[0] for one in (*bodies, *words)} == {200}
    size = len(html.encode()) + sum(len(one[2]) for one in bodies)
    assert size + max(len(one[2]) for one in words) <= BYTES_MAX
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=|https?://", html)
    imports = [re.findall(r'from "\./([\w.]+)"', one[2].decode()) for one in bodies]
    assert {name for found in imports for name in found} <= set(web_files.MODULES)


async def test_the_headers_forbid_what_the_page_does_not_need():
    async with lobby(deadlines=QUIET) as branch:
        await branch.take()
        _, headers, _ = await page_of(branch, 1)
        missing = (await branch.server.get("/t/" + "x" * 22))[1]

    for found in (headers, missing):
        csp = found["content-security-policy"].split("; ")
        for rule in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self' ws://127.0.0.1 wss://127.0.0.1",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        ):
            assert rule in csp
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert found["cache-control"] == "no-store"
        assert found["x-robots-tag"] == "noindex"
        assert "camera=()" in found["permissions-policy"]


async def test_files_are_kept_by_the_browser_until_they_change():
    async with lobby(deadlines=QUIET) as branch:
        _, first, body = await branch.server.get("/phone-files/ticket.js")
        tag = first["etag"]
        again = await branch.server.get(
            "/phone-files/ticket.js", headers=f"If-None-Match: {tag}\r\n"
        )
        other = await branch.server.get("/phone-files/ticket.js", headers='If-None-Match: "x"\r\n')

    assert body
    assert first["cache-control"] == "no-cache"
    assert (again[0], again[2]) == (304, b"")
    assert other[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/phone-files/",
        "/phone-files/../config.py",
        "/phone-files/ticket.html",
        "/phone-files/words.de.json",
        "/t/",
        "/t/x/y",
        "/t/" + "x" * 22 + "/appointment.ics",
        "/t/" + "x" * 65,
    ],
)
async def test_what_is_not_there_is_not_found(path):
    async with lobby(deadlines=QUIET) as branch:
        assert (await branch.server.get(path))[0] == 404


async def test_the_language_is_the_tickets_unless_the_address_names_one():
    async with lobby(deadlines=QUIET) as branch:
        await branch.take(language="zh")
        zh, en, odd = [
            (await page_of(branch, 1, query))[2] for query in ("", "?lang=en", "?lang=fr&x=1")
        ]
        english = (await branch.server.get("/t/none", headers="Accept-Language: en-GB,zh\r\n"))[2]
        other = (await branch.server.get("/t/none", headers="Accept-Language: fr, de;q=0.5\r\n"))[2]

    assert '<html lang="zh">' in zh
    assert '<html lang="en">' in en
    assert '<html lang="zh">' in odd
    assert text("en", "phone.gone.title").encode() in english
    assert text("zh", "phone.gone.title").encode() in other


async def test_a_wrong_link_says_so_in_words_and_too_many_of_them_have_to_wait():
    async with lobby(deadlines=QUIET, rate_limits=STRICT) as branch:
        await branch.take()
        answers = [await branch.server.get(f"/t/{n:022d}") for n in range(5)]
        right = await page_of(branch, 1)

    assert [one[0] for one in answers] == [404, 404, 404, 429, 429]
    assert text("zh", "phone.gone.text") in answers[0][2].decode()
    assert text("zh", "phone.gone.too_often") in answers[-1][2].decode()
    assert int(answers[-1][1]["retry-after"]) >= 1
    assert right[0] == 200


async def test_a_link_is_good_until_two_hours_after_its_day():
    clock = ManualClock("2026-11-16T16:00")
    async with lobby(deadlines=QUIET, clock=clock) as branch:
        await branch.take()
        board = await branch.server.terminal("board-supervisor")
        closed = await board.order(CloseDay(id=new_id(), day=DAY, leftovers=True))
        assert isinstance(closed, Accepted), closed
        status, _, html = await page_of(branch, 1)
        clock.advance(hours=5, minutes=59)
        late = (await page_of(branch, 1))[0]
        clock.advance(minutes=2)
        gone = (await page_of(branch, 1))[0]
        phone, refused = await branch.server.knock(ticket=branch.server.ticket(1))
        del phone

    assert (status, late, gone) == (200, 200, 404)
    assert text("en", "phone.advice.unserved") in plain(html)
    assert refused.code == "NotKnown"


async def test_a_name_in_the_configuration_stays_text():
    evil = "<img src=x onerror=alert(1)>&\"'{{number}}"
    config = branch_config()
    service = replace(config.services[0], name=Words(zh=evil, en=evil), bring=(Words(en=evil),))
    config = replace(config, services=(service, *config.services[1:]))
    async with lobby(config, deadlines=QUIET) as branch:
        await branch.take()
        _, _, html = await page_of(branch, 1)

    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 2
    assert "{{number}}" in html


# --- Every state in words ------------------------------------------------------------------------


STATES = [*get_args(TicketState), "soon", "held"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_of_a_ticket_has_its_words(state, lang):
    assert text(lang, f"phone.state.{state}", counter="1")
    assert text(lang, f"phone.advice.{state}", places=3, time="10:00")


async def test_who_has_left_or_stepped_back_is_told_what_that_means():
    async with lobby(deadlines=QUIET) as branch:
        for _ in range(6):
            await branch.take()
        phone, _ = await branch.server.knock(ticket=branch.server.ticket(5))
        await phone.order(StepBack(id=new_id(), day=DAY, visit=5, minutes=20))
        held = plain((await page_of(branch, 5))[2])
        leaver, _ = await branch.server.knock(ticket=branch.server.ticket(6))
        await leaver.order(LeaveLine(id=new_id(), day=DAY, visit=6))
        left = plain((await page_of(branch, 6))[2])
        waiting = plain((await page_of(branch, 4))[2])

    assert text("en", "phone.advice.held", time="09:20") in held
    assert text("en", "phone.advice.left") in left
    assert text("en", "phone.state.soon") in waiting


def test_soon_is_a_shade_of_waiting_and_being_held_another():
    view = TicketView(
        branch="main",
        seq=1,
        at=0,
        visit=1,
        number="A001",
        state="waiting",
        service="A",
        service_name=Words(),
        taken_at=0,
    )

    assert state_of(view) == "waiting"
    assert state_of(replace(view, soon=True)) == "soon"
    assert state_of(replace(view, held_until=7)) == "held"
    assert state_of(replace(view, state="called", soon=True)) == "called"


async def test_a_branch_that_has_stopped_sends_a_time_to_come_back():
    journal = MemoryJournal()
    async with lobby(journal=journal, deadlines=QUIET) as branch:
        await branch.take()
        journal.fail_next(JournalFailed("io_error", path="the disk", detail="broken"))
        await branch.kiosk.say(take())
        await branch.kiosk.closed()
        status, headers, _ = await page_of(branch, 1)

    assert (status, headers["retry-after"]) == (503, "5")
