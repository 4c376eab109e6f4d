"""Who and what a planned day needs at a branch, and whether the branch has it.

Two kiosks, somebody in the lobby, a supervisor, and a teller for every counter that is to work.
Booked customers take their places here when the branch has them; rating panels are in `panels`.
"""

from __future__ import annotations

from typing import Final

from play.errors import CannotPlay
from play.house import Desk, Key, Post
from play.plan import DayPlan
from shared.protocol import BoardView

KIOSKS: Final = 2
ASSISTANT: Final = "lin"
SUPERVISOR: Final = "zhao"


async def hire(desk: Desk, plan: DayPlan, suffix: str = "") -> list[Key]:
    """Terminals and people; `suffix` keeps them apart from who is there already."""
    posts = [
        *(Post(kind="kiosk") for _ in range(KIOSKS)),
        Post(kind="board", staff=ASSISTANT + suffix, role="lobby_assistant"),
        Post(kind="board", staff=SUPERVISOR + suffix, role="operations_supervisor"),
    ]
    keys = await desk.furnish(posts)
    counters = counters_to_staff(plan, await desk.board(keys[-1]))
    tellers = [Post(kind="counter", counter=n, staff=f"teller{n}{suffix}") for n in counters]
    return [*keys, *await desk.furnish(tellers)]


def counters_to_staff(plan: DayPlan, board: BoardView) -> list[int]:
    """The counters of the plan, or else all but the spare ones. Raises CannotPlay where the
    branch has not what the day needs."""
    offered = [service.id for service in board.services]
    wanted = {service for customer in plan.customers for service in customer.services}
    if unknown := sorted(wanted - set(offered)):
        raise CannotPlay("no_service", wanted=", ".join(unknown), offered=", ".join(offered))
    there = [counter.id for counter in board.counters if not counter.elastic]
    planned = [counter.counter for counter in plan.counters]
    missing = set(planned) - {counter.id for counter in board.counters}
    if missing:
        raise CannotPlay("no_counter", wanted=", ".join(map(str, sorted(missing))))
    return planned or there
