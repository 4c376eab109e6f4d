"""What the outside is told of one branch, and in which order: whoever asked for something before
the answer, everybody else right after it. So no teller waits until forty other screens are worked
out.

Nothing is told before it is durable. When there is something to tell is the runner's affair, how it
reaches a connection the hub's; customers' pages follow in their own time (`server.phones`).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from server.auth import feeds_of
from server.domain.configuration import BranchConfig
from server.domain.state import Actor, Branch
from server.domain.views import Views
from server.durable import DurableBranch
from server.hub import Build, Hub
from shared.protocol import BranchView, View


class Published(Struct, frozen=True):
    """What the outside may know of a branch: all of it is durable. `visits` are the day's ids,
    `appointments` those of the first that is still known and of the last."""

    seq: int
    day: str | None
    day_ends: int | None
    config: BranchConfig
    visits: range
    appointments: range


class Publishing:
    """The newest of one branch, and who is owed it still. `read_only`: every view is to say that
    the disk is full."""

    def __init__(self, branch: str, durable: DurableBranch, hub: Hub) -> None:
        self.published = _published(durable.branch)
        self.read_only = False
        self._branch, self._durable, self._hub = branch, durable, hub
        self._owed: Build | None = None
        self._told: frozenset[str] = frozenset()
        self._vouched = self.published.seq

    @property
    def vouched(self) -> int:
        """Up to which sequence every station has been told."""
        return self._vouched

    @property
    def is_owed(self) -> bool:
        """Whether only those who asked have been told so far."""
        return self._owed is not None

    def look(self) -> Build:
        """What shows any feed as it is now. To be used at once, and only while all is durable."""
        views = Views(self._durable.branch, self._durable.now, self._durable.known)
        if not self.read_only:
            return views.build
        return lambda feed: _as_read_only(views.build(feed))

    def to_whoever_asked(self, actors: Iterable[Actor]) -> None:
        """Tell these all that they may see; everybody else is owed it."""
        build = self._newest()
        if build is None:
            return
        config = self.published.config
        self._told = frozenset(feed for actor in actors for feed in feeds_of(actor, config))
        self._owed = build
        self._hub.tell(self._branch, build, self._told)

    def to_the_others(self) -> None:
        """Tell those who are owed it; nothing, where everybody was told meanwhile."""
        if self._owed is not None:
            self._publish(self._owed, self._told)

    def to_everybody(self) -> None:
        """Tell all at once; nothing, while anything is on its way to the disk."""
        build = self._newest()
        if build is not None:
            self._publish(build)

    def _publish(self, build: Build, told: frozenset[str] = frozenset()) -> None:
        self._owed = None
        self._hub.publish(self._branch, build, told)
        self._vouched = self.published.seq

    def _newest(self) -> Build | None:
        if self._durable.settled:
            self.published = _published(self._durable.branch)
            return self.look()
        if self.read_only:
            # Not even reading has room: what the screens show stays true.
            return lambda feed: _as_read_only(self._hub.told(self._branch, feed))
        return None


def _as_read_only(view: View | None) -> View | None:
    return replace(view, read_only=True) if isinstance(view, BranchView) else view


def _published(branch: Branch) -> Published:
    after, later = branch.last_visit + 1, branch.last_appointment + 1
    return Published(
        seq=branch.seq,
        day=branch.day.date if branch.day else None,
        day_ends=branch.day.ends_at if branch.day else None,
        config=branch.config,
        visits=range(next(iter(branch.visits), after), after),
        appointments=range(next(iter(branch.appointments), later), later),
    )
