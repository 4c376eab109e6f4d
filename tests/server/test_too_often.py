"""Commands that come too often: refused, answered all the same, and in the end cut off."""

import json

import pytest

from server.clock import ScaledClock
from server.config import RateLimits
from shared.i18n import LANGUAGES
from shared.protocol import Accepted, LeaveLine, Refused, RequestHelp, SignOut, TicketView
from shared.testing import ManualClock
from tests.server.one_branch import DAY, call, new_id, take
from tests.server.one_server import serving
from tests.server.test_session import open_counter, written

LIMITS = RateLimits()
SLOW = RateLimits(kiosk=3, counter=6, phone=2, ticket=3, minutes_at_once=1)


async def answers(terminal, commands):
    """All said first, then all answers."""
    for command in commands:
        await terminal.say(command)
    return [await terminal.hear(Accepted, Refused) for _ in commands]


def codes(replies):
    return [reply.code if isinstance(reply, Refused) else "Accepted" for reply in replies]


async def test_beyond_the_limit_each_command_is_answered_and_nothing_is_done():
    async with serving(rate_limits=SLOW) as server:
        kiosk = await server.terminal("kiosk-1")
        commands = [take() for _ in range(5)]

        replies = await answers(kiosk, commands)
        seq = server.running.runners["main"].published.seq

        assert codes(replies) == ["Accepted"] * 3 + ["RateLimited"] * 2
        assert [reply.id for reply in replies] == [command.id for command in commands]
        assert seq == replies[2].seq
        assert server.figure("lobby_rate_limited_total", limit="kiosk") == 2
        assert server.figure("lobby_commands_total", command="", result="RateLimited") == 1


async def test_the_refusal_says_when_to_try_again_and_then_it_is_done():
    clock = ManualClock()
    async with serving(rate_limits=SLOW, clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        refused = (await answers(kiosk, [take() for _ in range(4)]))[-1]

        clock.advance(seconds=refused.retry_after_ms / 1000)
        again = await kiosk.order(take())

    assert refused.retry_after_ms == 20_000
    assert (refused.final, refused.field) == (False, None)
    assert isinstance(again, Accepted)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_said_in_the_terminals_language(language):
    async with serving(rate_limits=RateLimits(kiosk=1, minutes_at_once=1)) as server:
        kiosk = await server.terminal("kiosk-1", language=language)
        await kiosk.order(take())

        refused = await kiosk.order(take())

    assert refused.text != "refusal.RateLimited"
    assert any("\u4e00" <= c <= "\u9fff" for c in refused.text) == (language == "zh")


async def test_what_cannot_be_read_counts_too_and_is_answered_by_its_id():
    async with serving(rate_limits=RateLimits(kiosk=2, minutes_at_once=1)) as server:
        kiosk = await server.terminal("kiosk-1")
        unknown = [written(take(), type="SingSong", id=f"0123456789abcde{n}") for n in range(4)]

        replies = await answers(kiosk, unknown)

    assert codes(replies) == ["UnknownCommand"] * 2 + ["RateLimited"] * 2
    assert replies[-1].id == "0123456789abcde3"


async def test_whoever_keeps_on_is_cut_off_after_its_last_answer():
    async with serving(rate_limits=SLOW) as server:
        kiosk = await server.terminal("kiosk-1")
        display = await server.terminal("display-1")

        replies = await answers(kiosk, [take() for _ in range(7)])
        code, reason = await kiosk.closed()

        assert codes(replies) == ["Accepted"] * 3 + ["RateLimited"] * 4
        assert code == 4429
        assert json.loads(reason)["retry_after_ms"] >= 1_000
        assert server.figure("lobby_kicked_connections_total", code="4429") == 1
        await display.socket.ping()
        assert display.socket.close_code is None


async def test_a_station_is_not_faster_by_connecting_again():
    async with serving(rate_limits=SLOW) as server:
        first = await server.terminal("kiosk-1")
        await answers(first, [take() for _ in range(3)])

        again = await server.terminal("kiosk-1")

        assert codes(await answers(again, [take()])) == ["RateLimited"]


async def test_one_station_does_not_slow_another():
    async with serving(rate_limits=SLOW) as server:
        await answers(await server.terminal("counter-1"), [open_counter(1) for _ in range(9)])

        other = await server.terminal("counter-2")

        assert isinstance(await other.order(open_counter(2)), Accepted)


async def test_all_phones_of_a_ticket_share_what_it_may_do():
    def help_wanted():
        return RequestHelp(id=new_id(), day=DAY, visit=1)

    async with serving(rate_limits=SLOW) as server:
        kiosk = await server.terminal("kiosk-1")
        for _ in range(2):
            await kiosk.order(take())
        one, other = [(await server.knock(ticket=server.ticket(1)))[0] for _ in range(2)]
        stranger, _ = await server.knock(ticket=server.ticket(2))

        from_one = await answers(one, [help_wanted() for _ in range(3)])
        from_other = await answers(other, [help_wanted() for _ in range(2)])
        left = await stranger.order(LeaveLine(id=new_id(), day=DAY, visit=2))

    assert codes(from_one) == ["Accepted", "Accepted", "RateLimited"]
    assert codes(from_other) == ["RateLimited", "RateLimited"]
    assert isinstance(left, Accepted)


async def test_views_go_on_for_whoever_may_not_ask_more():
    async with serving(rate_limits=SLOW) as server:
        kiosk = await server.terminal("kiosk-1")
        first, taken = [await kiosk.order(take()) for _ in range(2)]
        ahead, _ = await server.knock(ticket=server.ticket(first.visit))
        phone, _ = await server.knock(ticket=server.ticket(taken.visit))
        await answers(phone, ["nonsense-of-a-phone"] * 2)

        left = await ahead.order(LeaveLine(id=new_id(), day=DAY, visit=first.visit))

        assert (await phone.view(TicketView, left.seq)).people_ahead == 0


async def test_an_honest_double_press_never_meets_a_limit():
    clock = ManualClock()
    async with serving(rate_limits=LIMITS, clock=clock) as server:
        counter = await server.terminal("counter-1")
        kiosk = await server.terminal("kiosk-1")
        await counter.order(open_counter())
        for _ in range(100):
            clock.advance(seconds=4)
            await kiosk.order(take())
            pressed_twice = [call(), call()]

            replies = await answers(counter, pressed_twice)

            assert "RateLimited" not in codes(replies)
        await counter.order(SignOut(id=new_id()))


async def test_a_rehearsal_is_counted_by_the_minutes_of_the_branch():
    fast = ScaledClock(ManualClock().now_ms(), 600.0, ManualClock())
    async with serving(rate_limits=SLOW, rehearsal=True, clock=fast) as server:
        kiosk = await server.terminal("kiosk-1")

        replies = await answers(kiosk, [take() for _ in range(60)])

    assert codes(replies) == ["Accepted"] * 60
