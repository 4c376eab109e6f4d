"""The vectorised rule is that of server/domain/order.py, on lobbies nobody would set up."""

import random

import pytest
from msgspec.structs import replace

from server.domain import order
from server.domain.configuration import PRESETS
from server.domain.state import Branch, Hold, Transaction, Visit
from server.waiting.chance import seed_of
from server.waiting.forecast import sampled
from server.waiting.lines import pieces
from server.waiting.lobby import snapshot_of
from server.waiting.model import prior_model
from shared.protocol import Lane
from tests.server.domain.story import MINUTE, Story, a_branch

LANES: tuple[Lane, ...] = ("care", "vip", "appointment")


def a_lobby(chance: random.Random) -> Branch:
    story = Story(a_branch(), "2026-11-16 08:00")
    story.at("10:00")
    branch = story.branch
    calling = replace(
        branch.config.calling,
        preset=chance.choice(list(PRESETS)),
        vip_ahead_one_in=chance.choice((0, 0, 3)),
    )
    branch.config = replace(branch.config, calling=calling)
    for counter in branch.counters.values():
        counter.state = chance.choice(("open", "open", "closed"))
        counter.calls_since_vip = chance.randrange(4)
    for n in range(1, chance.randrange(2, 25)):
        visit = a_visit(chance, branch, story.now, n)
        branch.visits[n] = visit
        branch.live[visit.number] = n
        branch.line[n] = None
    branch.at = story.now
    return branch


def a_visit(chance: random.Random, branch: Branch, now: int, n: int) -> Visit:
    came = now - chance.randrange(0, 90 * 6) * 10_000
    service = chance.choice([s.id for s in branch.config.services])
    promoted = now - chance.randrange(5) * MINUTE if chance.random() < 0.1 else None
    hold = None  # of a promoted ticket there is none
    if promoted is None and chance.random() < 0.15:
        until = now + chance.randrange(-5, 20) * MINUTE
        hold = Hold(chance.randrange(4), until, strict=chance.random() < 0.4)
    lanes = tuple(lane for lane in LANES if chance.random() < 0.2)
    since, booked = max(came, now - chance.choice((30, 60, 90)) * MINUTE), None
    if "appointment" in lanes and chance.random() < 0.7:
        booked = now + chance.randrange(-6, 6) * 15 * MINUTE // 2
        since = max(came, booked)  # the wait of who is early counts from the appointment
    return Visit(
        id=n,
        number=f"A{n:03}",
        state="waiting",
        taken_at=came,
        waiting_since=since,
        lanes=lanes,
        booked_at=booked,
        transactions=[Transaction(service, queued_at=came)],
        needs=("low_counter",) if chance.random() < 0.15 else (),
        only_counter=chance.choice(list(branch.counters)) if chance.random() < 0.1 else None,
        promoted_at=promoted,
        hold=hold,
    )


def first_call(branch: Branch, counter: int, now: int) -> int | None:
    """Whom the simulation has this counter call now, when it alone calls."""
    snapshot = snapshot_of(branch, now)
    assert snapshot is not None
    others = tuple(
        one if one.id == counter or one.state == "closed" else replace(one, state="away", until=1e6)
        for one in snapshot.counters
    )
    alone = replace(snapshot, counters=others)
    waits = sampled(alone, prior_model({}), [], runs=1, seed=1)
    called = [ticket for ticket, wait in waits.tickets.items() if wait[0] == 0.0]
    return called[0] if called else None


@pytest.mark.parametrize("block", range(4))
def test_every_counter_calls_whom_the_production_rule_calls(seed, block):
    chance = random.Random(seed_of("rule", seed, block))

    for _ in range(20):
        branch = a_lobby(chance)
        for counter in branch.counters.values():
            if counter.state == "open":
                picked = order.pick(branch, counter, branch.at)
                expected = picked[0].id if picked else None
                assert first_call(branch, counter.id, branch.at) == expected


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_best_of_the_straight_lines_is_the_best_score(preset):
    some: tuple[tuple[Lane, ...], ...] = ((), ("care",), ("vip", "care"), LANES)
    for lanes in some:
        for vips in (False, True):
            lines = pieces(preset, lanes, vips)
            counted: list[Lane] = ["ordinary", *(lane for lane in lanes if vips or lane != "vip")]
            for minutes in (0, 1, 14.9, 15, 24, 26, 44, 46, 100, 481):
                best = max(
                    order.lane_score(preset.rule(lane), preset.top_rate, minutes)
                    for lane in counted
                )
                assert max(a + b * minutes for a, b in lines) == pytest.approx(best)
