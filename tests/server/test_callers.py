"""Who is calling: the short code beside the link, and wrong credentials."""

import asyncio
import json

import pytest

from server.config import RateLimits
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from shared.protocol import (
    Accepted,
    Hello,
    LeaveLine,
    Pair,
    Refused,
    ReprintTicket,
    TicketView,
    Welcome,
)
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    HEAD,
    branch_config,
    new_id,
    running,
    take,
    take_anyway,
)
from tests.server.one_server import KEY, serving

LIMITS = RateLimits(wrong_credentials_per_address=3, minutes_at_once=1)
PHONES = {"public_url": "https://lobby.example"}


def another(code):
    """A short code that is not this one."""
    return str((int(code) + 1) % 10**6).zfill(6)


async def a_ticket(server, station="kiosk-1"):
    kiosk = await server.terminal(station)
    taken = await kiosk.order(take())
    await kiosk.socket.close()
    return taken


# --- The short code ------------------------------------------------------------------------------


async def test_a_short_code_with_the_number_opens_what_the_link_opens():
    async with serving(**PHONES) as server:
        taken = await a_ticket(server)
        by_link, welcome_by_link = await server.knock(ticket=taken.link[-22:])
        by_code, welcome = await server.knock(number=taken.number, short_code=taken.short_code)
        views = [await phone.view(TicketView) for phone in (by_link, by_code)]

        left = await by_code.order(LeaveLine(id=new_id(), day=DAY, visit=taken.visit))

    assert len(taken.short_code) == 6
    assert (welcome.role, welcome.views) == ("customer", welcome_by_link.views)
    assert views[0] == views[1]
    assert isinstance(left, Accepted)


async def test_a_reprint_carries_the_same_short_code_and_a_repeat_too():
    async with serving(**PHONES) as server:
        kiosk = await server.terminal("kiosk-1")
        command = take()
        taken = await kiosk.order(command)
        repeated = await kiosk.order(command)
        board = await server.terminal("board-assistant")

        reprinted = await board.order(ReprintTicket(id=new_id(), day=DAY, visit=taken.visit))

    assert taken.short_code == repeated.short_code == reprinted.short_code


async def test_without_an_address_for_phones_there_is_no_short_code():
    async with serving() as server:
        assert (await a_ticket(server)).short_code is None


async def test_where_there_are_several_branches_the_code_needs_its_own():
    branches = [branch_config("east"), branch_config("west")]
    async with serving(branches=branches, **PHONES) as server:
        taken = await a_ticket(server, "east-kiosk-1")
        code = {"number": taken.number, "short_code": taken.short_code}

        _, welcome = await server.knock(branch="east", **code)
        refused = [(await server.knock(branch=b, **code))[1] for b in ("west", "", "north")]

    assert welcome.branch == "east"
    assert [one.code for one in refused] == ["NotKnown"] * 3


async def test_a_wrong_code_a_number_nobody_has_and_none_at_all_get_the_same_answer():
    async with serving(**PHONES) as server:
        taken = await a_ticket(server)
        wrong = another(taken.short_code)
        answers = [
            (await server.knock(number=taken.number, short_code=wrong))[1],
            (await server.knock(number="A999", short_code=taken.short_code))[1],
            (await server.knock(number="", short_code=taken.short_code))[1],
            (await server.knock(number=taken.number))[1],
            (await server.knock(ticket="x" * 22))[1],
        ]

    assert {json.dumps(one.values) + one.text + one.code for one in answers} == {
        "{}" + answers[0].text + "NotKnown"
    }


async def test_the_code_of_no_ticket_opens_nothing():
    """A code is computed also where there is no such number."""
    async with serving(**PHONES) as server:
        code = TicketLinks(KEY).short_code("main", 0)

        _, refused = await server.knock(number="A001", short_code=code)

    assert refused.code == "NotKnown"


async def test_a_number_belongs_to_whoever_has_it_or_had_it_last():
    """After A999 comes A001 again: the code of the first one is not the second's."""
    async with running(MemoryJournal()) as runner:
        await runner.submit(take_anyway(), HEAD)
        await runner.submit(LeaveLine(id=new_id(), day=DAY, visit=1), HEAD)
        gone = runner.visit_numbered("A001")
        rest = await asyncio.gather(*(runner.submit(take_anyway(), HEAD) for _ in range(999)))

        assert gone == 1
        assert (rest[-1].number, rest[-1].visit) == ("A001", 1000)
        assert runner.visit_numbered("A001") == 1000
        assert runner.visit_numbered("A002") == 2
        assert runner.visit_numbered("B001") is None


# --- Wrong ones ----------------------------------------------------------------------------------


async def wrong_tries(server, count, **hello):
    """Answers and close codes of so many wrong hellos."""
    answers = []
    for _ in range(count):
        terminal, refused = await server.knock(**hello)
        answers.append((refused.code, refused.final, (await terminal.closed())[0]))
    return answers


NOT_KNOWN = ("NotKnown", True, 4401)
LATER = ("RateLimited", False, 4429)


@pytest.mark.parametrize(
    "hello",
    [
        {"station": "kiosk-1", "secret": "wrong"},
        {"station": "nobody", "secret": "wrong"},
        {"ticket": "x" * 22},
        {},
    ],
    ids=["wrong secret", "unknown station", "wrong link", "nothing"],
)
async def test_wrong_credentials_of_one_address_are_put_off_and_right_ones_let_in(hello):
    clock = ManualClock()
    async with serving(rate_limits=LIMITS, clock=clock, **PHONES) as server:
        taken = await a_ticket(server)
        answers = await wrong_tries(server, 5, **hello)

        kiosk, welcome = await server.station("kiosk-1")
        _, phone = await server.knock(ticket=taken.link[-22:])
        clock.advance(seconds=20)
        later = await wrong_tries(server, 2, **hello)

        assert answers == [NOT_KNOWN] * 3 + [LATER] * 2
        assert isinstance(welcome, Welcome)
        assert isinstance(phone, Welcome)
        assert isinstance(await kiosk.order(take()), Accepted)
        assert later == [NOT_KNOWN, LATER]
        assert server.figure("lobby_rate_limited_total", limit="credentials") == 3


async def test_whoever_is_put_off_is_told_for_how_long():
    async with serving(rate_limits=LIMITS) as server:
        await wrong_tries(server, 3, ticket="x")

        terminal, refused = await server.knock(ticket="x")
        _, reason = await terminal.closed()

    assert refused.retry_after_ms == 20_000
    assert json.loads(reason) == {"retry_after_ms": 20_000}


async def test_wrong_codes_of_terminals_count_as_well():
    async with serving(rate_limits=LIMITS) as server:
        codes = []
        for _ in range(4):
            terminal = await server.dial()
            await terminal.say(Pair(version=1, code="BCDF-GHJK", language="en"))
            codes.append((await terminal.hear(Refused)).code)

    assert codes == ["WrongCode"] * 3 + ["RateLimited"]


def test_no_secret_is_in_the_text_of_a_message():
    hello = Hello(version=1, number="A001", short_code="123456", ticket="the link")
    accepted = Accepted(id="0" * 16, seq=1, link="the link", short_code="123456")

    for message in (hello, accepted):
        assert "***" in repr(message)
        assert not {"123456", "the link"} & set(repr(message).split("'"))
