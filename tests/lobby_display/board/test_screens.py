"""What the board looks like, kept as text: at a desk, on a tablet, and as small as it gets."""

from pathlib import Path

import pytest

from lobby_display.board.pages import PAGES
from tests.lobby_display.board.halls import full, somebody_on_the_way
from tests.lobby_display.board.one_board import board
from tests.screens import assert_as_kept

HERE = Path(__file__).with_name("screens")

PLACES = [((160, 45), False), ((100, 30), True), ((80, 24), False)]


def kept(name, size, language):
    return HERE / f"{name}-{size[0]}x{size[1]}-{language}.txt"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("size", "touch"), PLACES, ids=str)
async def test_the_pages_look_as_they_were_kept(size, touch, language):
    async with board(size, role="branch_head", story=full(), language=language, touch=touch) as one:
        for n, name in enumerate(PAGES, 1):
            await one.press(str(n))
            assert_as_kept(one.app, kept(name, size, language))
        await one.press("1", "down", "enter")
        assert_as_kept(one.app, kept("ticket", size, language))
        await one.press("1")
        assert_as_kept(one.app, kept("reasons", size, language))
        await one.press("escape", "escape", "n")
        assert_as_kept(one.app, kept("issue", size, language))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_whoever_is_on_the_way_is_drawn_apart_from_those_who_are_here(language):
    size, story = (100, 30), somebody_on_the_way()
    async with board(size, story=story, language=language) as one:
        await one.press("1")
        assert_as_kept(one.app, kept("on-the-way", size, language))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_board_without_anybody_and_one_cut_off_look_as_they_were_kept(language):
    size = (80, 24)
    async with board(size, role="board", story=full(), language=language) as one:
        assert_as_kept(one.app, kept("nobody", size, language))
    async with board(size, story=full(), language=language) as one:
        one.link.become("stale")
        await one.settle()
        assert_as_kept(one.app, kept("stale", size, language))
