"""AX-30, the contract with whoever connects vibrating pagers: docs/pager.md, played on a server."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from server.journal.memory import MemoryJournal
from server.reception import Deadlines
from shared.protocol import (
    Accepted,
    BindPager,
    BoardView,
    ConfirmPagerCall,
    InviteStation,
    OpenCounter,
    PagerView,
    Refused,
    ReleasePager,
    ReportPager,
    SetNeeds,
)
from tests.server.one_branch import DAY, branch_config, new_id, rows, take
from tests.server.one_server import PATIENCE_SECONDS, serving

PAGE = Path(__file__).parents[2] / "docs" / "pager.md"
BLOCK = re.compile(
    r"^([→←]) the (base|board|counter) (?:sends|hears)[^\n]*\n\n```json\n(.*?)```", re.M | re.S
)

MADE_UP = frozenset("at call epoch secret seq since over_since".split())
"""Other values each time: whatever the page calls 7 is the same thing wherever it stands."""


class Reader:
    """Reads the page to both ends: what it says is sent, what it promises has to come."""

    def __init__(self, server, desk_code):
        self._server = server
        self._meant = {("code", "BCDF-GHJK"): desk_code}
        self._terminals = {}

    async def play(self, blocks):
        for arrow, who, text in blocks:
            if arrow == "→":
                await self._say(who, json.loads(text))
            else:
                self._is_as_promised(await self._hear(), json.loads(text), text)

    async def _say(self, who, message):
        said = {name: self._meant.get((name, value), value) for name, value in _hashable(message)}
        if message["type"] in ("Pair", "Hello"):
            self._terminals["base"] = await self._server.dial()
        if who == "base":
            await self._terminals["base"].say(json.dumps(said))
            return
        place = {"board": "board-assistant", "counter": "counter-1"}[who]
        terminal = self._terminals.get(who) or await self._server.terminal(place)
        self._terminals[who] = terminal
        await terminal.say(json.dumps(said))
        assert isinstance(await terminal.hear(Accepted, Refused), Accepted), message

    async def _hear(self):
        socket = self._terminals["base"].socket
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                heard = json.loads(await socket.recv())
                if heard["type"] != "Heartbeat":
                    return heard

    def _is_as_promised(self, heard, promised, text):
        assert heard.keys() == promised.keys(), (heard, text)
        for name, value in promised.items():
            self._same(name, heard[name], value, text)

    def _same(self, name, heard, promised, text):
        if isinstance(promised, list) and promised and isinstance(promised[0], dict):
            assert len(heard) == len(promised), (heard, text)
            for one, other in zip(heard, promised, strict=True):
                self._is_as_promised(one, other, text)
        elif name in MADE_UP:
            kind = "at" if name in ("since", "over_since") else name
            assert self._meant.setdefault((kind, promised), heard) == heard, (name, heard, text)
        else:
            assert heard == promised, (name, heard, text)


def bind(**fields):
    return BindPager(id=new_id(), day=DAY, **fields)


def report(**fields):
    return ReportPager(id=new_id(), day=DAY, **fields)


def _hashable(message):
    return [(name, value) for name, value in message.items() if not isinstance(value, list | dict)]


def blocks():
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


async def somebody_waits(server, prefix=""):
    """A001, who sees and does not hear; the first counter is open. The board of whoever steers."""
    await (await server.terminal(f"{prefix}kiosk-1")).order(take())
    board = await server.terminal(f"{prefix}board-supervisor")
    await board.order(SetNeeds(id=new_id(), day=DAY, visit=1, needs=("visual_call",)))
    await board.order(OpenCounter(id=new_id(), day=DAY, counter=1))
    return board


async def test_ax_30_a_base_that_follows_its_page_is_told_and_heard():
    async with serving(deadlines=Deadlines()) as server:
        board = await somebody_waits(server)
        desk = await server.terminal("desk-1")
        invited = await desk.order(InviteStation(id=new_id(), kind="pager_base", branch="main"))

        await Reader(server, invited.code).play(blocks())

        seen = await board.order(SetNeeds(id=new_id(), day=DAY, visit=1, needs=()))
        view = await board.view(BoardView, seen.seq)
    assert len(blocks()) > 20
    assert (view.pagers, [alert.kind for alert in view.alerts]) == ((), ["escort_wanted"])


async def test_ax_30_a_lost_pager_is_told_to_whoever_is_on_duty_in_the_same_moment():
    async with serving() as server:
        board = await somebody_waits(server)
        base = await server.terminal("pagers-1")
        await board.order(bind(visit=1, pager=7))

        lost = await base.order(report(pager=7, state="lost"))

        view = await board.view(BoardView, lost.seq)
    (alert,) = view.alerts
    assert (alert.kind, alert.pager, alert.number) == ("pager_lost", 7, "A001")
    assert view.pagers[0].state == "lost"


# --- Whoever means no good -----------------------------------------------------------------------


async def test_ax_30_a_base_of_another_branch_sees_and_says_nothing_here():
    journal = MemoryJournal()
    branches = [branch_config("east"), branch_config("west")]
    async with serving(journal=journal, branches=branches) as server:
        board = await somebody_waits(server, "east-")
        await board.order(bind(visit=1, pager=7))
        before = len(await rows(journal, "east"))
        other = await server.terminal("west-pagers-1")
        seen = await other.view(PagerView)

        replies = [
            await other.order(report(pager=7, state="lost")),
            await other.order(ConfirmPagerCall(id=new_id(), day=DAY, pager=7, call=1)),
        ]
        _, welcome = await server.station("west-pagers-1", branch="east")
        after = len(await rows(journal, "east"))

    assert (seen.branch, seen.pagers) == ("west", ())
    assert [reply.code for reply in replies] == ["PagerNotOut", "PagerNotOut"]
    assert (welcome.branch, after) == ("west", before)


async def test_a_base_watches_nothing_but_its_pagers_and_does_nothing_but_speak_of_them():
    async with serving() as server:
        _, refused = await server.station("pagers-1", views=("PagerView", "BoardView"))
        base = await server.terminal("pagers-1")
        codes = [
            (await base.order(bind(visit=1, pager=7))).code,
            (await base.order(ReleasePager(id=new_id(), day=DAY, pager=7))).code,
        ]
        _, no_view = await server.station("kiosk-1", views=("PagerView",))

    assert (refused.code, no_view.code) == ("ViewNotAllowed", "ViewNotAllowed")
    assert codes == ["NotAllowed", "NotAllowed"]


@pytest.mark.parametrize("pager", [0, 10_000, -1, 2**63, "7", "[@click=app.quit]7[/]", None, 7.5])
async def test_a_pager_is_a_number_and_nothing_that_could_be_shown_or_run(pager):
    async with serving() as server:
        board = await somebody_waits(server)
        said = {"type": "BindPager", "id": new_id(), "day": DAY, "visit": 1, "pager": pager}
        await board.say(json.dumps(said))

        refused = await board.hear(Accepted, Refused)

    assert refused.code == "BadMessage"
