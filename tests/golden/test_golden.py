"""What version 1 has written and said must be read for ever."""

import json
from itertools import groupby
from pathlib import Path
from typing import get_args

from server.domain.apply import apply
from server.domain.events import EVENT_TYPES, BranchConfigured
from server.domain.state import new_branch
from server.house.apply import apply as apply_to_house
from server.house.events import HOUSE_EVENT_TYPES
from server.house.state import House
from server.journal.contract import Row
from server.journal.upcast import stamp_of, to_event, to_house_event
from shared import protocol as p
from tests.golden.house import end_of

HERE = Path(__file__).parent


def lines(name):
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]


def as_row(seq, line):
    data = json.dumps(line["data"]).encode()
    return Row(seq, "", line["at"], line["actor"], "", line["type"], data, "")


def test_a_journal_of_version_1_is_replayed_to_the_same_end():
    seen = set()
    for _, journal in groupby(lines("journal_v1.jsonl"), key=lambda line: line["journal"]):
        *rows, end = journal
        configured = to_event(as_row(1, rows[0]))
        assert isinstance(configured, BranchConfigured)
        branch = new_branch(configured.config)
        for seq, line in enumerate(rows, start=1):
            row = as_row(seq, line)
            apply(branch, to_event(row), stamp_of(row))
            seen.add(line["type"])

        assert branch.seq == end["seq"]
        assert {v.number: v.state for v in branch.visits.values()} == end["end"]
    assert seen == set(EVENT_TYPES)


def test_a_house_of_version_1_is_replayed_to_the_same_end():
    *told, last = lines("house_v1.jsonl")

    house = House()
    for seq, line in enumerate(told, start=1):
        row = as_row(seq, line)
        apply_to_house(house, to_house_event(row), row.at, line["command_id"])

    assert {line["type"] for line in told} == set(HOUSE_EVENT_TYPES)
    assert house.seq == last["seq"]
    assert end_of(house) == last["end"]


def test_what_was_said_in_version_1_is_understood():
    first = {kind.__name__ for kind in get_args(p.FirstMessage)}
    requests = {kind.__name__ for kind in get_args(p.Request)}
    seen = set()

    for line in (HERE / "wire_v1.jsonl").read_bytes().splitlines():
        name = json.loads(line)["type"]
        seen.add(name)
        if name in first:
            message = p.decode_first(line)
        elif name in requests:
            message = p.decode_command(line)
        else:
            message = p.decode_from_server(line)
        assert type(message).__name__ == name

    assert seen >= {kind.__name__ for kind in get_args(p.FromClient | p.FromServer)}
