"""The form before the counter, filled in on the phone: in a real Chromium."""

import pytest

from shared.i18n import LANGUAGES
from shared.protocol import CallNext, CounterView, OpenCounter
from tests.browser import assert_nothing_left_the_host, chromium, needs_browser
from tests.server.one_branch import DAY, new_id
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import NARROW, complaints, lobby, quoted

pytestmark = needs_browser

HOSTILE = "<img src=x onerror=alert(1)>"


async def write(page, field, value):
    """As fingers would: the value, and that it has changed."""
    there = f"document.getElementById('form-{field}')"
    await page.evaluate(
        f"{there}.value = {quoted(value)}; {there}.dispatchEvent(new Event('input')); true"
    )


async def fault(page, field):
    return await page.evaluate(f"document.getElementById('form-{field}-fault')?.innerText ?? ''")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_filled_in_wrongly_corrected_handed_in_read_at_the_counter_and_withdrawn(lang):
    async with chromium(size=NARROW) as browser, lobby() as branch:
        await branch.take("W", language=lang)
        phone = await branch.phone(browser, 1, size=NARROW, lang=lang)
        page = phone.page
        await phone.understood()  # nobody is ahead: it is soon

        # What becomes of it is said first; then it is asked.
        await phone.shows("screen.privacy_form")
        await phone.press("#form-begin")
        await phone.shows("phone.form.between", low=1, high=50000)
        await write(page, "amount", "a lot")
        await write(page, "purpose", HOSTILE)
        await phone.press("#form-asked button.first")
        await page.until("!!document.getElementById('form-currency-fault')")
        assert await fault(page, "currency") == phone.said("answer_fault.required")
        assert await fault(page, "amount") == phone.said("answer_fault.no_number")
        assert await page.evaluate("document.activeElement.id") == "form-currency"
        await page.evaluate("document.documentElement.style.fontSize = '200%'; true")
        assert await violations(page) == []
        assert await phone.wider_than_itself() == []
        await page.evaluate("document.documentElement.style.fontSize = ''; true")

        # What was typed is still there, and is handed in.
        await write(page, "currency", "eur")
        await write(page, "amount", "5,000")
        await phone.press("#form-asked button.first")
        await phone.shows("phone.form.sent")
        await phone.shows("phone.form.filled", n=3)
        assert "5,000" not in await phone.everything()

        # To hand in nothing does not take it back.
        await phone.press("#form-begin")
        await phone.press("#form-asked button.first")
        await phone.shows("phone.form.nothing")
        await phone.shows("phone.form.filled", n=3)
        await phone.press("#form-asked .row button:last-child")

        # The teller who calls the ticket reads it.
        teller = await branch.server.terminal("counter-5")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=5))
        called = await teller.order(CallNext(id=new_id(), day=DAY, counter=5))
        ticket = (await teller.view(CounterView, called.seq)).current
        assert [one.answer.en for one in ticket.answers] == ["Euro", "5,000", HOSTILE]

        # And it can be taken back until the service begins.
        await phone.understood()
        await phone.press("#form-withdraw")
        await phone.shows("phone.form.withdrawn")

        assert complaints(page) == []
        assert_nothing_left_the_host(page)
