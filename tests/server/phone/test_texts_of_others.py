"""Whatever others write is text on a customer's page: nothing of it acts, whoever wrote it."""

import json

import pytest

from shared.cleaning import clean_text
from shared.protocol import Accepted, ClearMessage, SendMessage
from tests.browser import assert_nothing_left_the_host, needs_browser
from tests.server.one_branch import DAY, call, new_id, start
from tests.server.phone.one_phone import complaints, lobby
from tests.shared.test_cleaning import CORPUS

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]

PAPERS_MAX = 20
CELLS_MAX = 60
# Half a character is no text at all: such a message is refused as a whole.
TEXTS = [dirty[:CELLS_MAX] for dirty, _ in CORPUS.values() if "\ud800" not in dirty]
HOSTILE = "<script>document.title='hit'</script><img src=x onerror=document.title='hit'>"


async def missing(branch, papers):
    """A visit that ends for want of these papers, with all that stands on its page."""
    finish = {"type": "FinishService", "id": new_id(), "day": DAY, "counter": 1}
    await branch.do(call(), start())
    wanted = json.dumps({**finish, "outcome": "papers_missing", "papers": papers})
    answer = await branch.teller.order(wanted)
    assert isinstance(answer, Accepted), answer


async def test_the_corpus_as_papers_that_a_teller_names(browser):
    async with lobby() as branch:
        for n, first in enumerate(range(0, len(TEXTS), PAPERS_MAX)):
            papers = TEXTS[first : first + PAPERS_MAX]
            await branch.take()
            phone = await branch.phone(browser, n + 1)
            await missing(branch, papers)
            await phone.is_in("done")

            seen = await phone.page.evaluate(
                "[[...document.querySelectorAll('#papers li')].map((e) => e.textContent),"
                " document.querySelectorAll('#papers li *').length]"
            )

            clean = [clean_text(paper, 2 * CELLS_MAX) for paper in papers]
            assert seen == [[paper for paper in clean if paper], 0]
            assert_nothing_left_the_host(phone.page)
            assert complaints(phone.page) == []


async def test_markup_in_a_message_to_all_is_read_and_not_run(browser):
    async with lobby() as branch:
        for _ in range(5):
            await branch.take()
        phone = await branch.phone(browser, 5)
        board = await branch.server.terminal("board-manager")
        sent = await board.order(SendMessage(id=new_id(), day=DAY, zh=HOSTILE, en=HOSTILE))
        assert isinstance(sent, Accepted), sent

        await phone.page.until("!!document.querySelector('#messages li')")
        shown = await phone.one("#messages li")
        inside = await phone.page.evaluate("document.querySelectorAll('#messages li *').length")
        await board.order(ClearMessage(id=new_id(), day=DAY, message=1))
        await phone.page.until("document.getElementById('messages').hidden")

        assert (shown, inside) == (HOSTILE, 0)
        assert await phone.title() != "hit"
