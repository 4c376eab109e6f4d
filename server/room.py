"""How many connections may be open, in all and of one party; and who gives way when it is full.

A party is a terminal that has shown its pass, or else everybody at one address. Whoever has not
been welcomed yet gives way to a newcomer, the oldest first: strangers who open connections and
say nothing keep nobody out.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Final, Protocol

from msgspec import Struct

STATION_PLACES: Final = 4
"""Of one terminal: its connection, those it has just lost, and the one it is opening."""

KEPT_PART: Final = 10
KEPT_MAX: Final = 500
"""One place in ten is kept for terminals, up to so many: phones may fill the rest."""


class Party(Struct, frozen=True):
    """Who comes: a known station, or an address."""

    name: str
    is_station: bool = False


class Transport(Protocol):
    """What a connection goes over."""

    def abort(self) -> None:
        """End it at once, without a word."""


class Guest(Protocol):
    """A connection, as seen from here."""

    @property
    def transport(self) -> Transport:
        """What it goes over."""


class Room:
    """See above. Counts each until its connection is gone: also those that are being closed."""

    def __init__(self, connections_max: int, per_address_max: int) -> None:
        self._connections_max = connections_max
        self._kept = min(connections_max // KEPT_PART, KEPT_MAX)
        self._per_address_max = per_address_max
        self._open: Counter[Party] = Counter()
        self._guests: dict[Guest, Party] = {}
        # Not welcomed yet, the oldest first: all, and those of each party.
        self._waiting: OrderedDict[Guest, None] = OrderedDict()
        self._waiting_of: dict[Party, OrderedDict[Guest, None]] = {}

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return len(self._guests)

    def take(self, guest: Guest, party: Party) -> bool:
        """Take a place if there is one, or if somebody gives way."""
        places = STATION_PLACES if party.is_station else self._per_address_max
        if self._open[party] >= places and not self._oldest_gives_way(party):
            return False
        in_all = self._connections_max - (0 if party.is_station else self._kept)
        if self.taken >= in_all and not self._oldest_gives_way():
            return False
        self._open[party] += 1
        self._guests[guest] = party
        self._waiting[guest] = None
        self._waiting_of.setdefault(party, OrderedDict())[guest] = None
        return True

    def welcomed(self, guest: Guest) -> None:
        """It has said who it is: it gives way to nobody any more."""
        if guest not in self._waiting:
            return
        del self._waiting[guest]
        party = self._guests[guest]
        del self._waiting_of[party][guest]
        if not self._waiting_of[party]:
            del self._waiting_of[party]

    def leave(self, guest: Guest) -> None:
        """Let others have its place; nothing where it has given way before."""
        self.welcomed(guest)
        party = self._guests.pop(guest, None)
        if party is None:
            return
        self._open[party] -= 1
        if not self._open[party]:
            del self._open[party]

    def _oldest_gives_way(self, party: Party | None = None) -> bool:
        waiting = self._waiting if party is None else self._waiting_of.get(party)
        if not waiting:
            return False
        oldest = next(iter(waiting))
        self.leave(oldest)
        oldest.transport.abort()
        return True
