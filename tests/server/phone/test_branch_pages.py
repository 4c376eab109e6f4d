"""The branch's own page: services, waits, hours, and what else somebody asks before coming."""

import re

import pytest
from msgspec.structs import replace

from server.branch_hours import SpecialDay, spans, special_days, weeks
from server.domain.configuration import DayException
from shared.i18n import LANGUAGES, text
from shared.protocol import WaitShown
from shared.testing import ManualClock
from tests.browser import assert_nothing_left_the_host, chromium, needs_browser
from tests.server.one_branch import branch_config
from tests.server.one_server import QUIET, serving
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import COMPLAINTS, NARROW, Phone, complaints, lobby, phone_config


def plain(body):
    html = body.decode().replace("&#x27;", "'")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def say_wait(branch, service, wait):
    runner = branch.server.running.runners["main"]
    known = runner._durable.known
    known.waits = replace(known.waits, ordinary={**known.waits.ordinary, service: wait})
    runner._publishing.to_everybody()


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_says_what_is_done_there_how_many_wait_and_when_it_is_open(lang):
    async with lobby(deadlines=QUIET) as branch:
        for _ in range(3):
            await branch.take("F")
        say_wait(branch, "F", WaitShown(low=12, high=20))
        status, headers, body = await branch.server.get(f"/?lang={lang}")

    said = plain(body)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in headers["content-security-policy"]
    for words in (
        text(lang, "home.as_of", time="09:00:00"),
        text(lang, "kiosk.waiting", n=3),
        text(lang, "wait.range", low=12, high=20),
        text(lang, "home.until", time="16:30"),
        text(lang, "home.bookable"),
        text(lang, "home.facilities"),
        text(lang, "home.accuracy"),
        COMPLAINTS,
        "09:00–17:00",
        text(lang, "home.tickets", begins="08:45", ends="16:30"),
    ):
        assert words in said, words
    days = text(lang, "home.days", first="{}", last="{}")
    first, last = text(lang, "weekday.mon"), text(lang, "weekday.fri")
    assert days.format(first, last) in said
    assert f'href="/accuracy?branch=main&amp;language={lang}"' in body.decode()


async def test_after_closing_the_page_says_when_it_opens_again():
    clock = ManualClock("2026-11-16T21:00")
    async with serving(clock=clock, branches=[phone_config()]) as server:
        said = plain((await server.get("/?lang=en"))[2])

    assert text("en", "home.closed", time="11-17 09:00") in said
    assert text("en", "kiosk.waiting", n=0) not in said


async def test_several_branches_are_listed_and_each_has_its_page():
    branches = [branch_config("east"), branch_config("west")]
    async with serving(branches=branches) as server:
        listed = (await server.get("/?lang=en"))[2].decode()
        west = await server.get("/b/west?lang=en")
        other = (await server.get("/b/north"))[0]

    assert 'href="/b/east?lang=en"' in listed
    assert 'href="/b/west?lang=en"' in listed
    assert west[0] == 200
    assert 'href="/?lang=en"' in west[2].decode()
    assert other == 404


async def test_words_from_the_configuration_stay_words():
    evil = "<script>alert(1)</script>"
    config = branch_config()
    name = replace(config.name, zh=evil, en=evil)
    about = replace(config.about, address=name, facilities=(name,))
    config = replace(config, name=name, about=about)
    async with serving(branches=[config]) as server:
        html = (await server.get("/"))[2].decode()

    assert "<script>" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4


def test_the_hours_of_the_branch_that_ships_with_lobby():
    weekdays, exchange, weekend = weeks(phone_config())

    assert weekdays.days == exchange.days == [("mon", "fri")]
    assert (weekdays.tickets_until, exchange.tickets_until) == ("16:45", "16:30")
    assert [one.en for one in exchange.services] == ["Foreign exchange"]
    assert (weekend.days, weekend.opens) == ([("sat", "sun")], "09:30")
    assert len(weekend.services) == 2


def test_days_that_follow_each_other_are_told_as_one():
    assert spans(("mon", "tue", "thu", "sun")) == [("mon", "tue"), ("thu", "thu"), ("sun", "sun")]


def test_holidays_of_the_next_weeks_are_told_and_none_that_are_over():
    config = branch_config()
    closed = [DayException(date=date) for date in ("2026-11-15", "2026-11-20", "2027-11-20")]
    exceptions = (DayException(date="2026-11-21", like="mon"), *closed)
    config = replace(config, hours=replace(config.hours, exceptions=exceptions))

    found = special_days(config, ManualClock().now_ms())

    assert found == [SpecialDay("2026-11-20"), SpecialDay("2026-11-21", "mon")]


@needs_browser
async def test_the_page_keeps_itself_current_and_says_when_it_cannot():
    found = []
    async with chromium(size=NARROW) as browser, lobby() as branch:
        address = f"http://127.0.0.1:{branch.server.running.port}/?lang=en"
        page = await browser.open(address, NARROW)
        phone = Phone(page, "en")
        await branch.take("L")
        await page.evaluate("branch.look()")
        await phone.shows("kiosk.waiting", n=1)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += await violations(page)
        found += await phone.wider_than_itself()

        await page.evaluate("Date.now = ((real) => () => real() + 80000)(Date.now)")
        await page.until("document.body.dataset.fresh === 'no'")
        await phone.shows("home.old", time="09:00:00")
        await phone.does_not_show("kiosk.waiting", n=1)
        found += await violations(page)
        await page.evaluate("branch.look()")
        await page.until("document.body.dataset.fresh === 'yes'")
        await phone.shows("kiosk.waiting", n=1)

        assert_nothing_left_the_host(page)
        assert complaints(page) == []
    assert found == []
