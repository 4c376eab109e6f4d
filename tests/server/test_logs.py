"""The look of a log line."""

import json
import logging
import os
import threading

import pytest

from server import logs
from server.logs import Behind, Json, Plain


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


HOSTILE = "\x1b]0;owned\x07\x9b31m\r\n2026-01-01 error forged\u2028\u202ex\ud800\x00\x7f"


@pytest.mark.parametrize("form", [Json, Plain])
def test_what_steers_a_terminal_is_written_out_and_no_line_is_forged(form):
    line = form().format(record(HOSTILE, address=HOSTILE, error=None))

    assert line.isprintable()
    assert "\\u001b" in line
    assert "\\u202e" in line
    line.encode()


def test_a_program_reads_back_what_was_written_out():
    read = json.loads(Json().format(record("said", what=HOSTILE)))

    assert read["what"] == HOSTILE


def test_a_person_sees_where_an_error_stands_set_in_below_its_line():
    lines = Plain().format(record(error=ValueError(f"bad \x1b[2J {HOSTILE}"))).split("\n")

    assert lines[0] == "01:00:00 info command"
    assert lines[1].startswith("  ValueError: bad \\u001b[2J")
    assert all(line.startswith("  ") for line in lines[1:])
    assert all(line.isprintable() for line in lines)


@pytest.fixture
def pipe():
    """What is written into it, and read when a test likes to."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "w") as writer:
        yield reader, writer


def behind(stream):
    handler = Behind(stream)
    handler.setFormatter(Json())
    return handler


def test_nobody_waits_for_a_reader_and_what_is_lost_is_counted(pipe, monkeypatch):
    monkeypatch.setattr(logs, "LINES_MAX", 200)
    reader, writer = pipe
    handler = behind(writer)
    written = threading.Event()

    def log_more_than_there_is_room():
        for n in range(5_000):
            handler.handle(record(f"{n}" + 100 * "x"))
        written.set()

    threading.Thread(target=log_more_than_there_is_room, daemon=True).start()
    assert written.wait(30), "somebody waits for the reader"

    lines = []
    while "lines are lost" not in (line := json.loads(reader.readline())["message"]):
        lines.append(line)
    assert lines[0].startswith("0x")
    assert len(lines) == len(set(lines))
    assert int(line.split()[0]) > 0


def test_the_last_lines_are_written_before_the_end(pipe):
    reader, writer = pipe
    handler = behind(writer)

    handler.handle(record("the last one"))
    handler.flush()
    writer.close()

    assert json.loads(reader.read())["message"] == "the last one"


def test_a_reader_that_has_gone_ends_nothing():
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", closefd=False) as writer:
        handler = behind(writer)

        for _ in range(2):
            handler.handle(record("to nobody"))
            handler.flush()

        assert not handler._lines
        os.dup2(os.open(os.devnull, os.O_WRONLY), write)  # what it still holds goes there
