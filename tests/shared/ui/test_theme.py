"""Colours: whoever sees badly, or no colours at all, can read every pair that is shown."""

import pytest
from textual.color import Color

from shared.ui.theme import BORDERS, THEMES, TOGETHER

TEXT_MIN = 7.0
BORDER_MIN = 3.0


def luminance(colour):
    """Relative luminance, as WCAG 2.2 defines it."""

    def linear(part):
        part /= 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in Color.parse(colour).rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colour(theme, name):
    return theme.variables.get(name) or getattr(theme, name.replace("-", "_"))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_stands_out_from_what_is_behind_it(theme):
    for text, behind in TOGETHER:
        assert contrast(colour(theme, text), colour(theme, behind)) >= TEXT_MIN, (text, behind)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_edges_stand_out_from_what_is_beside_them(theme):
    for edge, beside in BORDERS:
        assert contrast(colour(theme, edge), colour(theme, beside)) >= BORDER_MIN, (edge, beside)


def test_black_on_white_is_the_most_there_is():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
