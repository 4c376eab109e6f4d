"""Numbers are understood as people type them, whatever their keyboard is set to."""

import pytest

from shared.typed_numbers import plain, ticket_number

FULL = {ord(sign): ord(sign) + 0xFEE0 for sign in "A0123456789a"}


@pytest.mark.parametrize("typed", ["A007", "a7", " a007 ", "A07", "A007".translate(FULL)])
def test_a_ticket_number_is_understood_as_it_is_said(typed):
    assert ticket_number(typed) == "A007"


@pytest.mark.parametrize("typed", ["", "A", "7A", "A-7", "ABC1", "A 7", "A1234567"])
def test_what_is_no_number_is_none(typed):
    assert ticket_number(typed) is None


def test_full_width_digits_are_digits():
    assert plain(" 123 ".translate(FULL)) == "123"
