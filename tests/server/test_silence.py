"""Which counters' terminals have gone."""

from server.silence import PATIENCE_SECONDS, Silence
from shared.protocol import BoardView
from shared.testing import ManualClock
from tests.server.one_server import serving

ONE, TWO = ("main", 1), ("main", 2)


def test_whoever_is_there_is_told_once():
    silence = Silence()

    assert silence.look({ONE}, {ONE}, 0.0) == [(ONE, False)]
    assert silence.look({ONE}, {ONE}, 99.0) == []


def test_a_terminal_that_stays_away_is_told_once_and_not_too_soon():
    silence = Silence()
    silence.look({ONE, TWO}, {ONE, TWO}, 0.0)

    assert silence.look({ONE, TWO}, {TWO}, 1.0) == []
    assert silence.look({ONE, TWO}, {TWO}, 1.0 + PATIENCE_SECONDS) == [(ONE, True)]
    assert silence.look({ONE, TWO}, {TWO}, 99.0) == []
    assert silence.look({ONE, TWO}, {ONE, TWO}, 100.0) == [(ONE, False)]


def test_a_terminal_that_comes_back_in_time_was_never_away():
    silence = Silence()
    silence.look({ONE}, {ONE}, 0.0)
    silence.look({ONE}, set(), 1.0)

    assert silence.look({ONE}, {ONE}, 2.0) == []
    assert silence.look({ONE}, set(), 3.0 + PATIENCE_SECONDS) == []


def test_after_a_start_of_the_server_everybody_has_as_long_to_come_back():
    silence = Silence()

    assert silence.look({ONE}, set(), 50.0) == []
    assert silence.look({ONE}, set(), 50.0 + PATIENCE_SECONDS) == [(ONE, True)]


def test_a_counter_without_a_terminal_is_not_missed():
    assert Silence().look(set(), set(), 50.0) == []


async def test_the_board_sees_that_a_counters_terminal_has_gone_and_that_it_is_back():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        board = await server.terminal("board-manager")
        reception = server.running.reception
        seen = await board.view(BoardView)
        reception.listen_for_counters()
        clock.advance(seconds=PATIENCE_SECONDS)
        reception.listen_for_counters()
        while not all(counter.silent_since for counter in seen.counters):
            seen = await board.hear(BoardView)
        await server.terminal("counter-1")
        reception.listen_for_counters()
        while seen.counters[0].silent_since:
            seen = await board.hear(BoardView)

        assert seen.counters[1].silent_since is not None
