"""The display in a browser: its page and files over GET, and live in a real Chromium."""

import json
import math
import random
import re
from contextlib import asynccontextmanager

import pytest

from lobby_display.legible import needed_mm
from lobby_display.stage import Rules, Stage, last_calls
from lobby_display.voice.sentences import Pause, announcement, paced
from server.responses import policy
from shared.i18n import text
from shared.protocol import (
    BoardView,
    CallShown,
    DisplayView,
    InviteStation,
    OpenCounter,
    RevokeStation,
    Words,
    encode,
)
from tests.browser import assert_nothing_left_the_host, chromium, needs_browser
from tests.lobby_display.voice.one_voice import clips_in
from tests.server.one_branch import DAY, branch_config, call, new_id, take
from tests.server.one_house import station_secret
from tests.server.one_server import serving
from tests.server.phone.one_phone import BEATING

FILES = ("display.css", "display.js", "stage.js", "voice.js")
BYTES_MAX = 60_000
ARROW = "\N{BLACK RIGHT-POINTING TRIANGLE}"


# --- What is served --------------------------------------------------------------------------


async def test_the_page_is_plain_and_small_and_nothing_of_it_is_inline():
    async with serving(branches=[branch_config("east")]) as server:
        status, headers, page = await server.get("/display/east")
        sizes = [len(page)]
        for name in FILES:
            assert (await server.get(f"/display-files/{name}"))[0] == 200
            sizes.append(len((await server.get(f"/display-files/{name}"))[2]))

    html = page.decode() if isinstance(page, bytes) else page
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert sum(sizes) <= BYTES_MAX
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=|https?://|NO_SCRIPT", html)
    assert text("en", "display.no_script") in html


async def test_the_headers_forbid_what_the_page_does_not_need():
    async with serving() as server:
        _, headers, _ = await server.get("/display/main")

    csp = headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ):
        assert rule in csp.split("; ")
    assert "unsafe" not in csp
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_a_name_that_could_change_the_policy_does_not_get_into_it():
    assert "connect-src 'self'; base-uri" in policy("x; script-src *")
    assert " ws://bank:8470 wss://bank:8470;" in policy("bank:8470")


@pytest.mark.parametrize(
    "path",
    [
        "/display/other",
        "/display/",
        "/display-files/",
        "/display-files/../config.py",
        "/display-files/display.html",
        "/display/main/voice/zh/none.wav",
        "/display/main/voice/../../lobby.sqlite.wav",
        "/display/other/voice/zh/to.wav",
    ],
)
async def test_what_is_not_there_is_not_found(path, tmp_path):
    clips_in(tmp_path)
    async with serving(voice=tmp_path) as server:
        assert (await server.get(path))[0] == 404


async def test_the_clips_are_served(tmp_path):
    clips_in(tmp_path)
    async with serving(voice=tmp_path) as server:
        status, headers, body = await server.get("/display/main/voice/zh/digit-7.wav")

    assert (status, headers["content-type"]) == (200, "audio/wav")
    assert len(body) > 1000


# --- In a browser ----------------------------------------------------------------------------


@asynccontextmanager
async def hall(browser, tmp_path, query="lang=en"):
    """A branch with a teller at counter 1, and the page of a display that is paired."""
    clips_in(tmp_path)
    branches = [branch_config(counters=3)]
    async with serving(voice=tmp_path, branches=branches, deadlines=BEATING) as server:
        counter = await server.terminal("counter-1")
        await counter.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        address = f"http://127.0.0.1:{server.running.port}/display/main?{query}"
        page = await browser.new_page()
        key = json.dumps({"station": "display-1", "secret": station_secret("display-1")})
        await page.go(address)
        await page.evaluate(f"localStorage.setItem('lobby-display-main', {json.dumps(key)})")
        await page.reload()
        await page.until("lobby.view !== null")
        yield server, counter, page


async def shown(page, selector):
    return await page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)"
    )


@needs_browser
async def test_a_browser_is_paired_by_a_code_that_is_typed_into_it_and_shows_calls(tmp_path):
    async with chromium() as browser, hall(browser, tmp_path) as (server, counter, page):
        await page.evaluate("localStorage.clear()")
        await page.reload()
        await page.until("!document.getElementById('pair').hidden")
        await page.evaluate("document.getElementById('code').focus()")
        await page.type("NOT-A-CODE")
        await page.press("Enter")
        await page.until("document.getElementById('pair-wrong').textContent !== ''")

        desk = await server.terminal("desk-1")
        invited = await desk.order(
            InviteStation(id=new_id(), kind="display", branch="main", name="TV")
        )
        await page.type(invited.code)
        await page.press("Enter")
        await page.until("lobby.view !== null")
        assert await page.evaluate("document.getElementById('pair').hidden")

        kiosk = await server.terminal("kiosk-1")
        taken = await kiosk.order(take())
        await counter.order(call())
        await page.until("document.querySelector('#calls li.lit') !== null")
        assert await shown(page, "#calls .called span") == [
            taken.number,
            "\N{BLACK RIGHT-POINTING TRIANGLE}",
            "1",
        ]
        assert taken.number in (await shown(page, "#last-calls li"))[0]

        # A station that is revoked is asked for a code again, and shows nothing any more.
        station = json.loads(await page.evaluate("localStorage.getItem('lobby-display-main')"))
        await desk.order(RevokeStation(id=new_id(), station=station["station"]))
        await page.until("!document.getElementById('pair').hidden")
        assert await page.evaluate("lobby.view === null && localStorage.length === 0")

        assert_nothing_left_the_host(page)
        assert [said for said in page.console if said[0] in ("error", "exception")] == []


@needs_browser
async def test_ax18_a_server_that_is_gone_greys_the_page_and_tells_since_when(tmp_path):
    async with chromium() as browser:
        async with hall(browser, tmp_path) as (_, _, page):
            await page.until("document.body.dataset.state === 'live'")
        # Ten seconds later, as its clock has it.
        await page.evaluate(
            "performance.now = ((real) => () => real() + 10001)(performance.now.bind(performance))"
        )
        await page.until("document.body.dataset.state === 'stale'")
        warning = (await shown(page, "#warning"))[0]

    assert re.search(r"\d\d:\d\d:\d\d", warning)


@needs_browser
async def test_ax20_a_browser_speaks_with_the_clips_of_the_server_and_says_when_it_cannot(tmp_path):
    loud = ["--autoplay-policy=no-user-gesture-required"]
    async with (
        chromium(flags=loud) as browser,
        hall(browser, tmp_path, "lang=zh,en&voice=1") as (server, counter, page),
    ):
        board = await server.terminal("board-manager")
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take())
        await counter.order(call())
        await page.until("lobby.speaker.spoken.length === 1")
        (spoken,) = await page.evaluate("lobby.speaker.spoken.map((one) => one.names)")
        number = (await shown(page, "#calls .called span"))[0]
        expected = announcement(
            CallShown(id=1, number=number, counter=1, at=0), ("zh", "en"), tail=False
        )
        assert spoken == [one.name for one in expected if not isinstance(one, Pause)]

        await page.evaluate("lobby.speaker.context.suspend()")
        while not (seen := (await board.hear(BoardView))).voices or (
            seen.voices[0].state != "no_sound"
        ):
            pass
        assert [alert.kind for alert in seen.alerts] == ["voice"]


@needs_browser
async def test_ax15_the_digits_are_as_high_as_the_distance_wants_or_the_page_knows(tmp_path):
    async with (
        chromium(size=(1920, 1080)) as browser,
        hall(browser, tmp_path) as (server, counter, page),
    ):
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take())
        await counter.order(call())
        await page.until("document.querySelector('#calls .called') !== null")
        for inches, metres, readable in ((55, 8, True), (55, 15, True), (32, 15, False)):
            seen = await page.evaluate(
                f"Object.assign(lobby.settings, {{inches: {inches}, distance: {metres}}}),"
                "lobby.measure(), [document.body.dataset.readable,"
                "parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--number')),"
                "document.querySelector('.called').scrollWidth <= innerWidth"
                " && document.getElementById('calls').getBoundingClientRect().bottom"
                " <= document.querySelector('footer').getBoundingClientRect().top]"
            )
            high_mm = seen[1] / 1080 * inches * 25.4 * 1080 / math.hypot(1920, 1080)
            assert (seen[0], seen[2]) == (str(readable).lower(), True)
            assert (round(high_mm) >= needed_mm(metres)) == readable


@needs_browser
async def test_the_stage_and_the_voice_of_the_browser_are_those_of_the_terminal(tmp_path):
    """Days drawn by chance are played on both, and must come out the same at every step."""
    async with chromium() as browser, hall(browser, tmp_path) as (_, _, page):
        for seed in range(20):
            steps, expected = played(random.Random(seed))
            found = await page.evaluate(
                "import('/display-files/stage.js').then((m) => {"
                " let stage = m.EMPTY; const seen = [];"
                f" for (const step of {json.dumps(steps)}) {{"
                "  const rules = {...m.RULES, ...step.rules}; let news = [];"
                "  if (step.view) [stage, news] ="
                "   m.heard(stage, step.view, step.epoch, step.clock, rules);"
                "  else stage = m.passed(stage, step.clock, rules);"
                "  const up = (o) => [o.call.id, o.since, m.lit(o, step.clock)];"
                "  const ids = (calls) => calls.map((c) => c.id);"
                "  seen.push({shown: stage.shown.map(up), waiting: ids(stage.waiting),"
                "   news: ids(news), last:"
                "   step.view ? ids(m.lastCalls(step.view, rules.counters)) : []});"
                " } return seen; })"
            )
            assert found == expected, seed

        said = announcement(CallShown(id=1, number="B017", counter=12, at=0), ("zh", "en"))
        ms = {one.name: 90 for one in said if not isinstance(one, Pause)}
        found = await page.evaluate(
            "import('/display-files/voice.js').then((m) => m.paced(m.announcement("
            f"{{number: 'B017', counter: 12}}, ['zh', 'en']), {json.dumps(ms)})"
            ".map((one) => one.clip ?? one.ms))"
        )
        assert found == [one.ms if isinstance(one, Pause) else one.name for one in paced(said, ms)]


def played(chance):
    """Steps for both stages, and what the one in Python makes of them."""
    slots, counters = chance.randint(1, 3), chance.choice([(), (1, 2)])
    rules = Rules(slots=slots, counters=frozenset(counters))
    stage, clock, epoch = Stage(), 0, "a"
    calls: list[CallShown] = []
    steps: list[dict[str, object]] = []
    expected: list[dict[str, object]] = []
    for n in range(1, 60):
        clock += chance.randint(0, 4_000)
        view, kind = None, chance.random()
        news: tuple[CallShown, ...] = ()
        if kind < 0.05:
            epoch, calls = epoch + "a", []
        if kind < 0.6:
            number = chance.choice([f"A{n:03d}", f"A{max(1, n - 2):03d}"])
            calls.append(
                CallShown(
                    id=n,
                    number=number,
                    counter=chance.randint(1, 4),
                    at=clock - chance.choice([0, 0, 2_000, 70_000]),
                    long=chance.random() < 0.2,
                )
            )
            if chance.random() < 0.15:
                calls.pop(chance.randrange(len(calls)))
            view = DisplayView(
                branch="main",
                seq=n,
                at=clock,
                name=Words(),
                calls=tuple(reversed(calls[-12:])),
                counters=(),
                services=(),
            )
            stage, news = stage.heard(view, epoch, clock, rules)
        else:
            stage = stage.passed(clock, rules)
        steps.append(
            {
                "view": json.loads(encode(view)) if view else None,
                "epoch": epoch,
                "clock": clock,
                "rules": {"slots": slots, "counters": list(counters)},
            }
        )
        expected.append(
            {
                "shown": [[one.call.id, one.since, one.lit(clock)] for one in stage.shown],
                "waiting": [one.id for one in stage.waiting],
                "news": [one.id for one in news],
                "last": [c.id for c in last_calls(view, rules.counters)] if view else [],
            }
        )
    return steps, expected
