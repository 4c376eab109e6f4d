"""Whoever sees little, or reads with the ears: axe-core on every state, and narrow large pages."""

import pytest

from shared.i18n import LANGUAGES
from shared.protocol import StepBack
from tests.browser import needs_browser
from tests.server.one_branch import DAY, new_id
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import NARROW, lobby

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]

DOUBLE = "document.documentElement.style.fontSize = '200%'"


async def looked_at(phone, found, state):
    """Both ways of looking at a page: its rules, and whether it fits."""
    found += [(state, *one) for one in await violations(phone.page)]
    found += [(state, "too wide", one) for one in await phone.wider_than_itself()]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_no_state_of_the_page_breaks_wcag_at_320_pixels_and_twice_the_text(browser, lang):
    found: list[tuple[str, ...]] = []
    async with lobby() as branch:
        for _ in range(6):
            await branch.take(language=lang)
        phone = await branch.phone(browser, 6, size=NARROW, lang=lang)
        await phone.is_in("waiting")
        await looked_at(phone, found, "waiting")
        await phone.page.evaluate(DOUBLE)
        await looked_at(phone, found, "waiting, twice the text")
        await phone.press("#leave")
        await looked_at(phone, found, "leaving")
        await phone.press("#leave-no")
        other, _ = await branch.server.knock(ticket=branch.server.ticket(6))
        await other.order(StepBack(id=new_id(), day=DAY, visit=6, places=2))
        await phone.is_in("held")
        await looked_at(phone, found, "held")

        near = await branch.phone(browser, 3, size=NARROW, lang=lang)
        await near.page.evaluate(DOUBLE)
        await near.is_in("soon")
        await looked_at(near, found, "soon, the whole screen")
        await near.understood()
        await looked_at(near, found, "soon")

        first = await branch.phone(browser, 1, size=NARROW, lang=lang)
        await first.page.evaluate(DOUBLE)
        await branch.call()
        await first.is_in("called")
        await looked_at(first, found, "called, the whole screen")
        await first.understood()
        await looked_at(first, found, "called")
        await branch.serve()
        await first.is_in("done")
        branch.clock.advance(seconds=25)
        await first.press("#rating input[name=score][value='1']")
        await looked_at(first, found, "rating")

        await phone.page.evaluate("phone.line.gone(1006, ''), clearTimeout(phone.line.timer)")
        await phone.page.until("document.body.dataset.fresh === 'no'")
        await looked_at(phone, found, "not current")
        gone = await browser.open(branch.address(1).replace("/t/", "/t/x"), NARROW)
        found += [("gone", *one) for one in await violations(gone)]

    assert found == []


async def test_what_is_looked_for_would_be_found(browser):
    async with lobby() as branch:
        await branch.take()
        phone = await branch.phone(browser, 1, size=NARROW)
        await phone.understood()
        await phone.page.evaluate(
            """(() => { document.querySelector('main').insertAdjacentHTML('beforeend',
            '<p id=pale>pale</p><img id=blind src="/phone-files/icon.svg"><input id=nameless>'
            + '<button id=small>s</button><p id=wide>wide</p>');
            pale.style.color = '#cccccc'; wide.style.width = '500px';
            small.style.cssText = 'min-height:0;padding:0;width:10px;height:10px'; })()"""
        )
        found = {one[0] for one in await violations(phone.page)}
        wide = await phone.wider_than_itself()

    assert found >= {"color-contrast", "image-alt", "label", "target-size"}
    assert "wide" in wide
