"""How high numbers must be, held to the table of the promises, and how high they come out."""

import pytest

from lobby_display.legible import Screen, drawn_mm, needed_mm, rows_needed
from lobby_display.self_test import lines, measured
from lobby_display.settings import Settings
from shared.ui.glyphs import big

TABLE = {3: (51, 76), 5: (61, 83), 8: (98, 133), 10: (122, 167), 15: (183, 250)}
"""Metres: the least height in mm on a screen, and on a wall of lamps."""

SCREENS = {32: 398, 43: 535, 55: 685}
"""Inches: the height of what is lit."""

READABLE: dict[int, dict[int, int | None]] = {
    32: {3: 71, 5: 71, 8: 106, 10: 124, 15: None},
    43: {3: 95, 5: 95, 8: 119, 10: 143, 15: None},
    55: {3: 122, 5: 122, 8: 122, 10: 122, 15: 183},
}
"""What a terminal of 160 by 45 draws, in mm, or that it cannot."""


def test_the_height_that_is_needed_is_that_of_the_table():
    for metres, (screen, lamps) in TABLE.items():
        assert needed_mm(metres) == screen
        assert needed_mm(metres, lamps=True) == lamps


def test_a_screen_is_as_high_as_its_diagonal_says():
    for inches, high in SCREENS.items():
        assert round(Screen(inches, 45).height_mm) == pytest.approx(high, abs=1)
    assert round(Screen(55, 45, portrait=True).height_mm) == 1218


@pytest.mark.parametrize("inches", SCREENS)
@pytest.mark.parametrize("metres", TABLE)
@pytest.mark.parametrize("rows", [24, 45, 67])
def test_ax15_the_rows_of_a_number_make_the_height_of_the_table(inches, metres, rows):
    screen = Screen(inches, rows)
    needed = rows_needed(metres, screen)

    # Measured on the drawing itself: inked rows of half blocks, the first and the last in halves.
    drawing = [line for line in big("8", needed) if line.strip()]
    halves = 2 * len(drawing) - (set(drawing[0]) <= set(" ▄")) - (set(drawing[-1]) <= set(" ▀"))
    assert round(halves / 2 * screen.height_mm / rows) >= TABLE[metres][0]
    assert drawn_mm(needed, screen) == pytest.approx(halves / 2 * screen.height_mm / rows)


@pytest.mark.parametrize("inches", SCREENS)
@pytest.mark.parametrize("metres", TABLE)
def test_ax15_what_a_screen_shows_is_high_enough_or_it_says_that_it_is_not(inches, metres):
    settings = Settings(distance_m=metres, screen_inches=inches, languages=("en",))
    found = measured(settings, 160, 45)
    page = "\n".join(lines(settings, 160, 45))

    expected = READABLE[inches][metres]
    assert found.enough == (expected is not None)
    if expected is not None:
        assert (found.drawn_mm, "good" in page) == (expected, True)
    else:
        assert f"{TABLE[metres][0]} mm are needed" in page


def test_the_ruler_is_as_long_as_it_says():
    settings = Settings(screen_inches=55, languages=("en",))
    found = measured(settings, 160, 45)
    page = lines(settings, 160, 45)

    bar = sum("██" in line[:4] for line in page)
    assert bar == found.ruler_rows
    assert f"{round(bar * 685 / 45)} mm long" in "\n".join(page)
