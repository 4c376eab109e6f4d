"""A busy morning on which every counter calls as soon as it is free: by the rule alone."""

import random

from server.domain import order
from shared import protocol as p
from tests.server.domain.story import MONDAY, Story, a_branch

LANES = ((), (), (), (), ("care",), ("care",), ("vip",), ("care", "vip"))
SERVICES = "AAAFFLQ"


def busy(seed=1, minutes=150, per_minute=0.8, preset="balanced", counters=(1, 2, 3, 6, 7, 8)):
    """The story of it; whoever calls first has the fewest skills."""
    chance = random.Random(seed)
    story = Story(a_branch(calling={"preset": preset}), f"{MONDAY} 08:00")
    story.given(p.SignOnDuty, staff="li")
    story.at("09:00")
    story.open(*counters)
    until: dict[int, int] = {}
    in_turn = sorted(counters, key=lambda n: (len(story.branch.counters[n].services), n))
    for _ in range(minutes):
        story.later(minutes=1)
        while chance.random() < per_minute / 2:
            story.take(chance.choice(SERVICES), *chance.choice(LANES))
        for counter in in_turn:
            if until.get(counter) == story.now:
                story.finish(counter)
        for counter in in_turn:
            free = story.counter(counter).visit is None
            if free and order.pick(story.branch, story.counter(counter), story.now):
                story.serve(counter)
                until[counter] = story.now + chance.randint(3, 16) * 60_000
    story.later(minutes=1)
    story.take("A")
    return story
