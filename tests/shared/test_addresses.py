"""What can be typed of a ticket's link."""

import pytest

from shared.addresses import short_address, spaced


@pytest.mark.parametrize(
    ("link", "typed"),
    [
        ("https://lobby.example/t/abcdefghijklmnopqrstuv", "lobby.example"),
        ("https://bank.example/lobby/t/abcdefghijklmnopqrstuv", "bank.example/lobby"),
        ("http://10.0.0.7:8765/t/abcdefghijklmnopqrstuv", "http://10.0.0.7:8765"),
    ],
)
def test_the_address_is_as_short_as_a_browser_understands_it(link, typed):
    assert short_address(link) == typed


def test_the_code_is_read_in_two_halves():
    assert spaced("012345") == "012 345"
