"""The look of a log line."""

import json
import logging

from server.logs import Json, Plain


def record(message="command", error=None, **facts):
    made = logging.makeLogRecord({"levelno": logging.INFO, "levelname": "INFO", "msg": message})
    made.created = 1_794_790_800.25
    made.exc_info = error and (type(error), error, None)
    vars(made).update(facts)
    return made


def test_a_program_reads_one_object_a_line():
    line = Json().format(record(station="kiosk-1", result="Accepted", ms=1.5, command=""))

    assert "\n" not in line
    assert json.loads(line) == {
        "at": "2026-11-16T01:00:00.250+00:00",
        "level": "info",
        "message": "command",
        "station": "kiosk-1",
        "result": "Accepted",
        "ms": 1.5,
    }


def test_an_error_stays_on_its_line():
    line = Json().format(record(error=ValueError("two\nlines")))

    assert "\n" not in line
    assert "ValueError: two\nlines" in json.loads(line)["error"]


def test_a_person_reads_a_plain_line():
    line = Plain().format(record(station="kiosk-1", result="Accepted", field=None))

    assert line == "01:00:00 info command station=kiosk-1 result=Accepted"


def test_the_librarys_own_marks_are_left_out():
    assert "websocket" not in Json().format(record(websocket=object()))
