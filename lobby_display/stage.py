"""Which calls have the full attention of the screen, and for how long. Pure.

    stage, news = stage.heard(view, epoch, clock, rules)
    stage = stage.passed(clock, rules)

A call that has come up stays at least `least_ms`, however fast tellers press; those behind it wait
their turn, and stand in the list of last calls meanwhile. Ids rise within an epoch, so the highest
one seen is all that has to be remembered: a reconnect repeats nothing and loses nothing. What the
view takes back (a call undone, a day over, a journal restored) leaves the screen at once.

`clock` is the terminal's own, in ms; the age of a call is told by the branch's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from shared.protocol import CallShown, DisplayView

FRESH_MS: Final = 60_000
"""An older call is not announced any more: who was meant is there, or has been missed."""

FLASH_MS: Final = 4_000
FLASH_PERIOD_MS: Final = 500
"""Two flashes a second: three would be the most that nobody is harmed by."""

WAITING_MAX: Final = 100


class Rules(Struct, frozen=True, kw_only=True):
    """`slots`: how many calls the screen has room for at once. `counters`: those of this zone;
    empty: all."""

    slots: int = 1
    least_ms: int = 5_000
    usual_ms: int = 20_000
    long_ms: int = 45_000
    long_least_ms: int = 15_000
    counters: frozenset[int] = frozenset()

    def least(self, call: CallShown) -> int:
        """So long a call stays whatever comes."""
        return self.long_least_ms if call.long else self.least_ms

    def usual(self, call: CallShown) -> int:
        """So long it stays when nothing comes."""
        return max(self.least(call), self.long_ms if call.long else self.usual_ms)


class Shown(Struct, frozen=True):
    """A call that is up, and since when."""

    call: CallShown
    since: int

    def lit(self, clock: int) -> bool:
        """Whether it is in the bright half of a flash just now."""
        up = clock - self.since
        return 0 <= up < FLASH_MS and up % FLASH_PERIOD_MS < FLASH_PERIOD_MS // 2


class Stage(Struct, frozen=True):
    """The calls that are up, in their places from the top, and those that wait for a place."""

    epoch: str = ""
    seen: int = 0
    shown: tuple[Shown, ...] = ()
    waiting: tuple[CallShown, ...] = ()

    def heard(
        self, view: DisplayView, epoch: str, clock: int, rules: Rules
    ) -> tuple[Stage, tuple[CallShown, ...]]:
        """After a view; with the calls that are new and to be spoken, the oldest first."""
        known = self if epoch == self.epoch else Stage(epoch=epoch)
        fresh = tuple(
            call
            for call in sorted(view.calls, key=lambda call: call.id)
            if call.id > known.seen and view.at - call.at < FRESH_MS
        )
        news = tuple(call for call in fresh if in_zone(call, rules.counters))
        after = known._with(fresh, view.at, clock, rules)
        kept = replace(
            after,
            seen=max([known.seen, *(call.id for call in view.calls)]),
            shown=tuple(one for one in after.shown if _stands(one.call, view)),
            waiting=tuple(call for call in after.waiting if _stands(call, view)),
        )
        return kept._settled(clock, rules), news

    def passed(self, clock: int, rules: Rules) -> Stage:
        """After some time."""
        return self._settled(clock, rules)

    def changes_in_ms(self, clock: int, rules: Rules) -> int | None:
        """How long until `passed` may change something; None: never, without news."""
        ends = [
            one.since + (rules.least(one.call) if self.waiting else rules.usual(one.call)) - clock
            for one in self.shown
        ]
        return max(0, min(ends)) if ends else None

    # --- Steps -----------------------------------------------------------------------------------

    def _with(self, fresh: Sequence[CallShown], now: int, clock: int, rules: Rules) -> Stage:
        """A number that was called again, or elsewhere, stands once: where it was called last. One
        that is up is renewed in its place."""
        newest = {call.number: call for call in (*self.waiting, *fresh)}
        called = {call.number for call in fresh}
        shown = []
        for one in self.shown:
            again = newest.pop(one.call.number, None)
            if one.call.number not in called:
                shown.append(one)
            elif again is not None and in_zone(again, rules.counters):
                shown.append(Shown(again, clock))
        waiting = sorted(
            (c for c in newest.values() if in_zone(c, rules.counters) and now - c.at < FRESH_MS),
            key=lambda call: call.id,
        )
        return replace(self, shown=tuple(shown), waiting=tuple(waiting[-WAITING_MAX:]))

    def _settled(self, clock: int, rules: Rules) -> Stage:
        shown = [one for one in self.shown if clock - one.since < rules.usual(one.call)]
        shown = shown[-rules.slots :]  # a smaller screen has fewer places
        waiting = list(self.waiting)
        while waiting:
            place = _free_place(shown, clock, rules)
            if place is None:
                break
            call = waiting.pop(0)
            shown[place : place + 1] = [Shown(call, clock)]
        return replace(self, shown=tuple(shown), waiting=tuple(waiting))


def in_zone(call: CallShown, counters: Collection[int]) -> bool:
    """Whether the call is for this screen."""
    return not counters or call.counter in counters


def last_calls(
    view: DisplayView, counters: Collection[int] = frozenset(), most: int = 50
) -> tuple[CallShown, ...]:
    """The last calls, newest first, each number once: where it was called last."""
    found: dict[str, CallShown] = {}
    for call in sorted(view.calls, key=lambda call: -call.id):
        found.setdefault(call.number, call)
    return tuple(call for call in found.values() if in_zone(call, counters))[:most]


def _free_place(shown: Sequence[Shown], clock: int, rules: Rules) -> int | None:
    """Where the next call goes: an empty place, else that of the oldest that has had its time."""
    if len(shown) < rules.slots:
        return len(shown)
    done = [n for n, one in enumerate(shown) if clock - one.since >= rules.least(one.call)]
    return min(done, key=lambda n: shown[n].since) if done else None


def _stands(call: CallShown, view: DisplayView) -> bool:
    """Whether the branch still holds to this call. The view keeps all calls of the last minute:
    of those it has only let go, older ones are gone too."""
    if any(one.id > call.id and one.number == call.number for one in view.calls):
        return False
    if any(one.id == call.id for one in view.calls):
        return True
    gone_by_age = view.at - call.at >= FRESH_MS
    taken_back = any(one.id < call.id for one in view.calls)
    return gone_by_age and not taken_back
