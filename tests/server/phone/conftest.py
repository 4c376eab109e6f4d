"""One browser for all tests of a module: it takes longer to start than most of them."""

import pytest_asyncio

from tests.browser import chromium
from tests.server.phone.one_phone import PHONE


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def one_browser():
    async with chromium(size=PHONE) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def browser(one_browser):
    """Whatever a test has opened is closed after it."""
    before = await opened(one_browser)
    yield one_browser
    for target in await opened(one_browser) - before:
        await one_browser.call("Target.closeTarget", targetId=target)


async def opened(browser):
    found = await browser.call("Target.getTargets")
    return {one["targetId"] for one in found["targetInfos"] if one["type"] == "page"}
