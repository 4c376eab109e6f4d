"""What has happened today is kept up to date by looking at what may have changed alone."""

import random

import pytest
from msgspec.structs import replace

from server.domain.state import Branch
from server.waiting.lobby import snapshot_of
from server.waiting.model import RANGES_FROM
from server.waiting.snapshot import Lasted, Snapshot
from server.waiting.telling import Ask, only_news
from server.waiting.today import Today
from shared.protocol import UndoAction
from tests.random_days.random_day import RandomDay, seeded
from tests.server.domain.story import Story, a_branch
from tests.server.waiting.test_telling import ask, taught


def sorted_by_end(lobby):
    """They may have been seen in another order."""
    if lobby is None:
        return None
    ended = sorted(lobby.lasted, key=lambda one: (one.ended, one.counter, one.minutes, one.service))
    return replace(lobby, lasted=tuple(ended))


@pytest.mark.parametrize("n", range(8))
def test_kept_up_to_date_it_is_the_same_as_looked_at_anew(n):
    shape, moves = seeded(n)
    day, today, chance = RandomDay(shape), Today(), random.Random(n)
    seen = 0

    for _ in day.play(moves):
        if chance.random() < 0.5:
            anew = sorted_by_end(snapshot_of(day.branch, day.now))
            assert sorted_by_end(snapshot_of(day.branch, day.now, today)) == anew
            seen += anew is not None and bool(anew.came)

    assert seen


def worked(story, customers):
    for _ in range(customers):
        story.take("A")
        story.serve(1)
        story.later(minutes=1)
        story.finish(1)


def lasted(story, today):
    """The minutes of what has ended."""
    lobby = snapshot_of(story.branch, story.now, today)
    assert lobby is not None
    return [one.minutes for one in lobby.lasted]


class Looked(dict):
    """The visits of a day, and which of them were looked at."""

    def __init__(self, visits):
        super().__init__(visits)
        self.at = []

    def __getitem__(self, id_):
        self.at.append(id_)
        return super().__getitem__(id_)

    def values(self):
        raise AssertionError("all of the day is looked at")


def test_whoever_is_over_is_not_looked_at_again():
    story, today = Story(a_branch(), "2026-11-16 09:00"), Today()
    story.open(1)
    worked(story, 6)
    snapshot_of(story.branch, story.now, today)
    story.take("A")
    midnight, begins = story.moment("00:00"), 540.0
    today.look(story.branch, midnight, begins)

    story.branch.visits = Looked(story.branch.visits)
    today.look(story.branch, midnight, begins)

    assert story.branch.visits.at == [6, 7]  # whose end the counter may take back; who waits
    assert len(today.lasted()) == 6


def test_what_a_counter_takes_back_has_not_ended():
    story, today = Story(a_branch(), "2026-11-16 09:00"), Today()
    story.open(1)
    worked(story, 2)
    assert lasted(story, today) == [1.0, 1.0]

    story.given(UndoAction, counter=1)
    taken_back = lasted(story, today)
    story.later(minutes=2)
    story.finish(1)

    assert taken_back == [1.0]
    assert lasted(story, today) == [1.0, 3.0]


def test_a_branch_that_was_read_again_is_looked_at_anew():
    story, today = Story(a_branch(), "2026-11-16 09:00"), Today()
    story.open(1)
    worked(story, 2)
    snapshot_of(story.branch, story.now, today)
    before = story.branch
    story.branch = Branch(**{name: getattr(before, name) for name in before.__struct_fields__})
    story.branch.visits = {1: before.visits[1]}

    assert lasted(story, today) == [1.0]


def ended(*minutes):
    return tuple(Lasted(service="A", counter=1, minutes=one, ended=540 + one) for one in minutes)


@pytest.mark.parametrize(
    ("told", "now", "kept", "news"),
    [
        ((), (4, 5), 0, (4, 5)),
        ((4, 5), (4, 5), 2, ()),
        ((4, 5), (4, 5, 6), 2, (6,)),
        ((4, 5, 6), (4, 5), 2, ()),
        ((4, 5, 6), (4, 6, 7), 1, (6, 7)),
        ((4, 5), (), 0, ()),
    ],
)
def test_the_forecast_is_told_what_has_ended_since_it_was_asked_last(told, now, kept, news):
    lobby = Snapshot(now=600.0, counters=(), lasted=ended(*now))

    question = only_news(Ask("main", lobby), ended(*told))

    assert (question.kept, question.snapshot.lasted) == (kept, ended(*news))


def test_told_the_news_alone_the_forecast_says_the_same():
    first, then = ask(), ask()
    first = replace(first, snapshot=replace(first.snapshot, lasted=ended(4, 9, 30)))
    then = replace(then, snapshot=replace(then.snapshot, lasted=ended(4, 9, 20, 35)))
    told_all, told_news = taught(RANGES_FROM), taught(RANGES_FROM)

    told_news.answer(first)
    answer = told_news.answer(only_news(then, first.snapshot.lasted))

    assert answer == told_all.answer(then)
    assert answer != taught(RANGES_FROM).answer(ask())
