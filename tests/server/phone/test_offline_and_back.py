"""A page that is not current says so, shows no wait, and finds back by itself."""

import re
from contextlib import AsyncExitStack

import pytest

from server.config import Listen
from server.journal.memory import MemoryJournal
from server.journal.sqlite import open_sqlite
from shared.testing import ManualClock
from tests.browser import needs_browser
from tests.server.one_branch import types
from tests.server.one_server import QUIET
from tests.server.phone.one_phone import lobby

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_restarted_server_is_found_again_and_waits_are_hidden_meanwhile(browser, tmp_path):
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        journal = await open_sqlite(tmp_path / "lobby.sqlite")
        stack.push_async_callback(journal.close)
        async with lobby(journal=journal, clock=clock) as branch:
            port = branch.server.running.port
            for _ in range(6):
                await branch.take()
            phone = await branch.phone(browser, 6)
            await phone.shows("phone.people", n=5)

            await phone.page.evaluate("Math.random = () => 0.1, true")  # it tries again soon

        # Gone: within seconds it is grey, tells since when, and shows no wait as if it were one.
        await phone.page.until("document.body.dataset.fresh === 'no'")
        warning = await phone.one("#warning")
        assert re.search(r"09:00:00", warning)
        assert not await phone.page.evaluate("document.getElementById('facts').checkVisibility()")
        assert await phone.one("#number") == "A006"
        assert await phone.title() == phone.said("phone.title.old", number="A006")
        disabled = "document.querySelector('#leave').disabled"
        assert await phone.page.evaluate(disabled)

        async with lobby(journal=journal, clock=clock, listen=Listen(port=port)) as branch:
            await phone.page.until("document.body.dataset.fresh === 'yes'")
            await phone.shows("phone.people", n=5)
            await branch.call()
            await phone.shows("phone.people", n=4)
            assert not await phone.page.evaluate(disabled)


async def test_a_connection_that_says_nothing_any_more_is_not_believed(browser):
    async with lobby(deadlines=QUIET) as branch:
        for _ in range(6):
            await branch.take()
        phone = await branch.phone(browser, 6)
        # Ten seconds later, as its clock has it: nothing has come, not even a heartbeat.
        await phone.page.evaluate(
            "(() => { const real = Date.now; Date.now = () => real() + 11000; })()"
        )
        await phone.page.evaluate("phone.line.redial = () => { window.redialled = true; }, true")

        await phone.page.until("document.body.dataset.fresh === 'no'")
        await phone.page.until("window.redialled")
        await phone.page.evaluate("delete phone.line.redial, true")
        await phone.page.until("document.body.dataset.fresh === 'yes'")


async def test_offline_and_back_what_was_pressed_meanwhile_happens_once(browser):
    journal = MemoryJournal()
    async with lobby(journal=journal) as branch:
        for _ in range(6):
            await branch.take()
        phone = await branch.phone(browser, 6)
        await phone.press("#leave")

        await phone.page.offline()
        await phone.page.evaluate("window.dispatchEvent(new Event('offline')), true")
        await phone.page.until("phone.line.lost !== null")
        await phone.press("#leave-yes")
        await phone.page.until("document.body.dataset.fresh === 'no'")
        await phone.page.offline(gone=False)
        await phone.page.evaluate("window.dispatchEvent(new Event('online')), true")

        await phone.is_in("left")
        await phone.page.until("document.body.dataset.fresh === 'yes'")
        assert (await types(journal)).count("TicketLeft") == 1


async def test_attempts_to_come_back_are_spread_and_get_rarer(browser):
    async with lobby() as branch:
        await branch.take()
        phone = await branch.phone(browser, 1)
        waits = await phone.page.evaluate(
            """(() => {
              const found = [], real = [window.setTimeout, Math.random];
              Math.random = () => 1;
              window.setTimeout = (then, ms) => { found.push(ms); return 0; };
              const {line} = phone;
              line.began = [-60000, 0];
              for (let n = 0; n < 4; n += 1) {
                line.gone(1006, "");
                line.began = [performance.now(), Date.now()];
              }
              line.gone(4503, '{"retry_after_ms": 4321}');
              [window.setTimeout, Math.random] = real;
              return found;
            })()"""
        )

        assert waits == [1000, 15000, 15000, 15000, 4321]


async def test_a_fourth_phone_takes_the_place_of_the_first_which_can_take_it_back(browser):
    async with lobby() as branch:
        await branch.take()
        phones = [await branch.phone(browser, 1) for _ in range(4)]

        await phones[0].shows("phone.gone.elsewhere")
        await phones[0].page.evaluate("document.getElementById('notice').close(), true")
        await phones[0].press("#warning button")
        await phones[0].page.until("!phone.line.stale")


async def test_the_language_and_the_size_of_letters_are_changed_in_place_and_remembered(browser):
    async with lobby() as branch:
        for _ in range(5):
            await branch.take(language="zh")
        phone = await branch.phone(browser, 5, lang="zh")
        await phone.shows("phone.state.waiting")

        await phone.press("#language")
        phone.lang = "en"
        await phone.shows("phone.state.waiting")
        await phone.shows("phone.keys.leave")
        await phone.press("#size")
        large = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
        await phone.page.until(f"{large} === 24")
        await phone.page.reload()
        await phone.page.until("window.phone?.line.view && !phone.line.stale")

        await phone.shows("phone.state.waiting")
        assert await phone.page.evaluate("document.documentElement.lang") == "en"
        assert await phone.page.evaluate(large) == 24
        assert await phone.page.evaluate("document.cookie") == ""
