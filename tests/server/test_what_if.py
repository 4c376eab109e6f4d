"""Which counters the forecast is asked about, and what is known of all of them."""

from __future__ import annotations

from server.domain.state import Counter
from server.what_if import AT_ONCE, WhatIf


def hall(*opened: int, counters: int = 20) -> list[Counter]:
    """So many counters, of which these are open."""
    return [
        Counter(id=n, services=("A",), state="open" if n in opened else "closed")
        for n in range(1, counters + 1)
    ]


def test_all_counters_of_a_large_hall_are_asked_about_in_turns():
    what_if, halls = WhatIf(), hall(1, 2)

    questions = [what_if.question(halls) for _ in range(4)]

    assert {len(asked) for asked in questions} == {AT_ONCE}
    assert {n for asked in questions for n in asked} == set(range(1, 21))
    assert questions[0] == {1: False, 2: False, 3: True, 4: True, 5: True, 6: True}


def test_a_small_branch_is_asked_about_whole_every_time():
    what_if, halls = WhatIf(), hall(1, counters=3)

    assert what_if.question(halls) == what_if.question(halls) == {1: False, 2: True, 3: True}


def test_what_was_found_stands_until_it_is_a_counters_turn_again():
    what_if, halls = WhatIf(), hall(1)

    what_if.question(halls)
    first = what_if.answered({1: 4.0, 2: -3.0, 3: -0.04})
    what_if.question(halls)
    second = what_if.answered({7: -2.0})

    assert first == {1: 4.0, 2: 3.0}, "less than a tenth of a minute is no difference"
    assert second == {1: 4.0, 2: 3.0, 7: 2.0}


def test_a_counter_that_opens_is_asked_about_at_once_and_nothing_is_said_of_it_before():
    what_if = WhatIf()
    what_if.question(hall())
    what_if.answered({2: -3.0, 3: -1.0})

    asked = what_if.question(hall(2))

    assert asked[2] is False
    assert what_if.answered({20: -1.0}) == {3: 1.0, 20: 1.0}


def test_nothing_is_said_of_any_counter_once_nobody_waits():
    what_if, halls = WhatIf(), hall(1)
    what_if.question(halls)
    what_if.answered({1: 4.0})

    what_if.question(halls)

    assert what_if.answered({}) == {}


def test_a_counter_that_is_taken_away_is_forgotten():
    what_if = WhatIf()
    what_if.question(hall(counters=3))
    what_if.answered({3: -4.0})

    what_if.question(hall(counters=2))

    assert what_if.answered({1: -1.0}) == {1: 1.0}
