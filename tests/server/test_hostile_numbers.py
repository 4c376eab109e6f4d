"""Numbers at their bounds and days that no calendar has, in every field of every command, over real
sockets: each is answered once, and nothing of it is taken for a fault of ours."""

import json
import logging

import pytest

from shared.protocol import FindSlots, OpenCounter
from tests.server.one_branch import DAY, call, new_id, start, take
from tests.server.one_server import serving
from tests.server.test_bookings import config
from tests.server.test_corpus import COMMANDS, FITS_HERE, SAMPLES, Talker, station_for
from tests.server.wire_texts import numbers_of, put, texts_of

NO_DAYS = ("9999-12-31", "0001-01-01", "2026-02-30", "9999-99-99", "0000-00-00")
END_OF_CALENDARS = 253_402_300_799_999  # the last millisecond of the year 9999


def sayings(message):
    """The message with each of them in its fields; of a service that can be booked."""
    sample = SAMPLES[message.__name__]
    fitting = {name: value for name, value in FITS_HERE.items() if name in sample}
    if {"slot", "first_day"} & set(sample):
        fitting["service"] = "B"
    for path, kind in numbers_of(message):
        for value in {kind.ge, kind.le, min(kind.le, END_OF_CALENDARS)}:
            yield put({**sample, **fitting}, path, value)
    for path, kind in texts_of(message):
        if "{4}-" in (getattr(kind, "pattern", None) or ""):
            for day in NO_DAYS:
                yield put({**sample, **fitting}, path, day)


@pytest.mark.parametrize("station", sorted({station_for(message) for message in COMMANDS}))
async def test_no_number_at_its_bounds_and_no_day_that_is_none_is_a_fault_of_ours(station, caplog):
    caplog.set_level(logging.INFO)
    async with serving(branches=[config()], public_url="https://lobby.example") as server:
        kiosk = await server.terminal("kiosk-1")
        for _ in range(3):
            await kiosk.order(take())
        teller = await server.terminal("counter-1")
        for order in (OpenCounter(id=new_id(), day=DAY, counter=1), call(), start()):
            await teller.order(order)
        await kiosk.socket.close()
        await teller.socket.close()
        talker = Talker(server, station)

        for message in COMMANDS:
            if station_for(message) != station or message is FindSlots:
                continue  # which has a test of its own: it is answered with what was asked for
            for saying in sayings(message):
                named = {"id": new_id()} if "id" in saying else {}
                await talker.answered_once(json.dumps({**saying, **named}))

        health = await server.get_json("/health")

    assert health["status"] == "ok"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
