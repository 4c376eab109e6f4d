"""Places: so many in all and for each party, and who gives way when there are no more."""

from itertools import count

from server.room import STATION_PLACES, Party, Room

HERE, THERE = Party("192.0.2.1"), Party("192.0.2.2")
KIOSK = Party("main-kiosk-1", is_station=True)


class Visitor:
    """A connection that remembers whether it was ended; its own transport."""

    def __init__(self):
        self.ended = False

    @property
    def transport(self):
        return self

    def abort(self):
        self.ended = True


def come(room, party, times=1):
    """So many visitors, and which of them found a place."""
    visitors = [Visitor() for _ in range(times)]
    return visitors, [room.take(visitor, party) for visitor in visitors]


def welcome(room, visitors):
    for visitor in visitors:
        room.welcomed(visitor)


def test_whoever_was_welcomed_keeps_the_place_and_the_next_finds_none():
    room = Room(100, per_address_max=2)
    first, _ = come(room, HERE, 2)
    welcome(room, first)

    assert come(room, HERE)[1] == [False]
    assert come(room, THERE)[1] == [True]
    assert not any(visitor.ended for visitor in first)


def test_of_those_who_say_nothing_the_oldest_gives_way():
    room = Room(100, per_address_max=3)
    silent, _ = come(room, HERE, 3)
    welcome(room, silent[:1])

    newcomers, found = come(room, HERE, 2)

    assert found == [True, True]
    assert [visitor.ended for visitor in silent] == [False, True, True]
    assert room.taken == 3
    assert not any(visitor.ended for visitor in newcomers)


def test_nobody_at_another_address_gives_way_while_there_is_room_in_all():
    room = Room(100, per_address_max=1)
    (silent,), _ = come(room, HERE)

    come(room, THERE)

    assert not silent.ended


def test_when_all_places_are_taken_the_oldest_silent_one_of_all_gives_way():
    room = Room(5, per_address_max=5)
    silent, _ = come(room, HERE, 2)
    welcomed, _ = come(room, THERE, 3)
    welcome(room, welcomed)

    assert come(room, Party("192.0.2.3"))[1] == [True]

    assert [visitor.ended for visitor in silent] == [True, False]
    assert room.taken == 5


def test_some_places_are_kept_for_terminals():
    room = Room(20, per_address_max=100)
    found = []
    for _ in range(19):
        phone, places = come(room, HERE)
        welcome(room, phone)
        found += places

    terminals, places_of_terminals = come(room, KIOSK, 2)
    welcome(room, terminals)

    assert found == [True] * 18 + [False]
    assert places_of_terminals == [True, True]
    assert come(room, THERE)[1] == [False]


def test_a_terminal_is_not_counted_with_the_crowd_at_its_address():
    room = Room(100, per_address_max=1)
    welcome(room, come(room, HERE)[0])

    assert come(room, HERE)[1] == [False]
    assert come(room, KIOSK)[1] == [True]


def test_a_terminal_has_few_places_of_its_own():
    room = Room(100, per_address_max=50)
    mine, found = come(room, KIOSK, STATION_PLACES)
    welcome(room, mine)

    assert all(found)
    assert come(room, KIOSK)[1] == [False]


def test_a_place_is_given_back_once():
    room = Room(100, per_address_max=2)
    (first, second), _ = come(room, HERE, 2)

    for _ in range(3):
        room.leave(first)

    assert room.taken == 1
    assert come(room, HERE)[1] == [True]
    assert not second.ended


def test_whoever_gave_way_takes_nothing_along_when_it_is_gone():
    room = Room(100, per_address_max=1)
    (silent,), _ = come(room, HERE)
    (newcomer,), _ = come(room, HERE)

    room.leave(silent)
    room.welcomed(silent)

    assert room.taken == 1
    room.welcomed(newcomer)
    assert come(room, HERE)[1] == [False]


def test_nothing_is_kept_of_those_who_have_gone():
    room = Room(50, per_address_max=50)
    for n in count():
        visitors, _ = come(room, Party(f"192.0.2.{n}"), 3)
        welcome(room, visitors[1:])
        for visitor in visitors:
            room.leave(visitor)
        if n == 200:
            break

    assert room.taken == 0
    assert not any((room._open, room._waiting, room._waiting_of))
