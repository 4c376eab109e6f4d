"""The board on a screen: looked at, touched, pressed, cut off."""

import pytest

from shared.i18n import text
from tests.lobby_display.board.halls import busy, off_the_line, quiet
from tests.lobby_display.board.one_board import SIZES, board


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_line_shows_who_waits_how_long_and_who_is_late(size, language):
    async with board(size, story=busy(), language=language) as one:
        shown = one.text()

        assert "F002" in shown
        assert text(language, "board.late", n=6) in shown
        assert text(language, "board.promoted") in shown


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_page_has_a_number_key_and_a_touch(size):
    async with board(size, story=busy()) as one:
        await one.press("3")
        counters = one.text()
        await one.touch(text("zh", "board.tab.calls"))
        calls = one.text()

        assert text("zh", "board.help_asked", kind=text("zh", "help_kind.authorise")) in counters
        assert text("zh", "board.why.longest_wait", minutes=12) in calls
        assert one.link.sent == []


async def test_whoever_is_off_the_line_is_shown_with_the_reason():
    async with board(story=off_the_line()) as one:
        await one.press("2")

        for group in ("called", "missed", "parked", "diverted", "held"):
            assert text("zh", f"board.off.{group}", n=1) in one.text()


async def test_an_empty_line_says_so_and_a_cut_line_never_looks_empty():
    async with board((80, 24), story=quiet()) as one:
        empty = one.text()
        one.link.become("stale")
        await one.settle()

        assert text("zh", "board.line.empty") in empty
        assert text("zh", "link.as_of", time="09:00:00") in one.text()
        assert one.app.screen.query_one("#main").grey


async def test_whoever_is_not_signed_in_sees_the_form_and_nothing_else():
    async with board(role="board", story=busy()) as one:
        shown = one.text()

        assert text("zh", "sign_in.heading") in shown
        assert "F002" not in shown


async def test_a_change_in_the_branch_is_seen_at_once():
    async with board(story=quiet()) as one:
        one.story.take("A")
        await one.push()

        assert "A001" in one.text()
