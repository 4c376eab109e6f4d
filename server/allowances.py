"""What each caller may still do: the configured limits, and what is left of each.

In a rehearsal a day is played many times as fast, and so are its people: what they do is counted
by the branch's minutes.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal, TypeAlias, get_args

from server.config import RateLimits
from server.limits import Bucket, Kept, Limit, Pace
from shared.protocol import StationKind

CallerKind: TypeAlias = StationKind | Literal["phone"]

KEPT_FOR_STATIONS: Final = 0.2
"""This part of what may come at once is left to terminals."""

KINDS: Final[tuple[StationKind, ...]] = get_args(StationKind)


class Allowances:
    """What is left to whom. `rate`: how many times as fast the branch's time runs."""

    def __init__(self, limits: RateLimits, rate: float = 1.0) -> None:
        self._limits = limits
        self._rate = rate
        self._stations = {kind: Kept(partial(self._pace, kind)) for kind in KINDS}
        self._tickets = Kept(partial(self._pace, "ticket"))
        handshakes = self._limit(self._rate * limits.handshakes_per_address)
        self._handshakes = Kept(partial(Bucket, handshakes))
        a_second = limits.handshakes_per_second
        self._all_handshakes = Bucket(Limit(60 * a_second, at_once=a_second))
        self.kept_for_stations = a_second * KEPT_FOR_STATIONS
        credentials = self._limit(limits.wrong_credentials_per_address)
        self._credentials = Kept(partial(Bucket, credentials))
        self._codes_by_address = Kept(partial(Bucket, _even(limits.wrong_short_codes_per_address)))
        an_hour = limits.remote_tickets_per_address_and_hour
        remote = Limit(self._rate * an_hour / 60, at_once=max(1.0, an_hour))
        self._remote_tickets = Kept(partial(Bucket, remote))
        self._codes_by_branch = Kept(partial(Bucket, _even(limits.wrong_short_codes_per_branch)))

    def paces(self, kind: CallerKind, key: object) -> list[Pace]:
        """What bounds the commands of a new connection of that caller. A station takes what is
        left to it along to its next connection; the phones of one ticket share."""
        if kind == "phone":
            return [self._pace("phone"), self._tickets.of(key)]
        return [self._stations[kind].of(key)]

    def handshakes(self, party: str, *, known: bool) -> list[Bucket]:
        """What bounds handshakes: of one address or, by its name, of a known station; and of all
        together. Phones leave `kept_for_stations` of the latter to terminals."""
        return [self._handshakes.of((party, known)), self._all_handshakes]

    def wrong_credentials(self, address: str) -> Bucket:
        """What bounds wrong credentials."""
        return self._credentials.of(address)

    def wrong_short_codes(self, branch: str, address: str) -> list[Bucket]:
        """What bounds wrong short codes: of one address, long before it uses up what there is
        for the whole branch."""
        by_address = self._codes_by_address.of((branch, address))
        return [by_address, self._codes_by_branch.of(branch)]

    def wrong_codes_at_terminals(self, branch: str, station: str) -> list[Bucket]:
        """What bounds wrong codes that are typed at a terminal of the branch. Apart from those of
        phones: whoever guesses from far away keeps nobody who is here from checking in."""
        by_station = self._codes_by_address.of((branch, "station", station))
        return [by_station, self._codes_by_branch.of((branch, "stations"))]

    def remote_tickets(self, branch: str, address: str) -> Bucket:
        """What bounds the numbers that are taken from one address before coming."""
        return self._remote_tickets.of((branch, address))

    def _pace(self, kind: str) -> Pace:
        return Pace(self._limit(self._rate * getattr(self._limits, kind)))

    def _limit(self, a_minute: float) -> Limit:
        return Limit(a_minute, max(1.0, a_minute * self._limits.minutes_at_once))


def _even(a_minute: float) -> Limit:
    return Limit(a_minute, at_once=a_minute)
