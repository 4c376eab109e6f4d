"""What is no message is refused, with the field at fault and the id to answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import BadMessage, HelloExpected, MessageTooLong, UnknownCommand
from server.inbound import Unreadable, id_of, read_command, read_first
from shared.protocol import MESSAGE_BYTES_MAX, CallNext, FinishService, SendMessage, encode

ID = "0123456789abcdef"
CALL = {"type": "CallNext", "id": ID, "day": "2026-11-16", "counter": 3}


def message(**changes):
    fields = {**CALL, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def refused(text, read=read_command):
    with pytest.raises(Unreadable) as caught:
        read(text)
    return caught.value


def test_a_whole_command_is_read():
    assert read_command(message()) == CallNext(id=ID, day="2026-11-16", counter=3)


def test_fields_of_a_newer_version_are_ignored():
    assert read_command(message(colour="red")) == CallNext(id=ID, day="2026-11-16", counter=3)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"counter": None}, "counter"),
        ({"counter": 0}, "counter"),
        ({"counter": True}, "counter"),
        ({"counter": "3"}, "counter"),
        ({"day": "today"}, "day"),
        ({"id": "short"}, "id"),
        ({"id": 7}, "id"),
        ({"type": None}, "type"),
        ({"type": 7}, "type"),
        ({"type": "TakeTicket", "service": "A", "lanes": ["royal"]}, "lanes"),
    ],
)
def test_the_field_at_fault_is_named(changes, field):
    unreadable = refused(message(**changes))

    assert isinstance(unreadable.refusal, BadMessage)
    assert unreadable.field == field
    assert unreadable.bad


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "NaN",
        "[" * 15_000,
        '{"a":' * 3_000,
        '{"type":"CallNext","unknown":' + "[" * 8_000 + "]" * 8_000 + "}",
        '{"type":"CallNext","unknown":NaN}',
        '{"type":"CallNext","unknown":-Infinity}',
        '{"type":"TakeTicket","service":"\\ud800"}',
        '{"type":"TakeTicket","service":"\\udfff\\ud800"}',
        '{"type":"TakeTicket","unknown":"\\udc00"}',
        '{"type": "CallNext", ',
        "\x00",
        "\N{GRINNING FACE}",
    ],
    ids=lambda text: text[:46].encode("unicode_escape").decode(),
)
def test_what_is_no_json_object_is_a_bad_message(text):
    assert isinstance(refused(text).refusal, BadMessage)


def test_a_binary_frame_is_a_bad_message_that_is_still_answered_by_its_id():
    unreadable = refused(message().encode())

    assert isinstance(unreadable.refusal, BadMessage)
    assert unreadable.message_id == ID


@pytest.mark.parametrize("filling", ["x", "字"])
def test_a_message_is_too_long_by_its_bytes_not_its_characters(filling):
    fits = MESSAGE_BYTES_MAX - len(json.dumps({**CALL, "x": ""}, ensure_ascii=False))
    whole = fits // len(filling.encode())

    long_enough = json.dumps({**CALL, "x": filling * whole}, ensure_ascii=False)
    too_long = json.dumps({**CALL, "x": filling * (whole + 1)}, ensure_ascii=False)

    assert read_command(long_enough) == CallNext(id=ID, day="2026-11-16", counter=3)
    assert refused(too_long).refusal == MessageTooLong(bytes_max=MESSAGE_BYTES_MAX)
    assert refused(too_long).message_id == ID


def test_a_command_of_a_newer_version_is_refused_by_name_and_is_not_bad():
    unreadable = refused(message(type="SingSong"))

    assert unreadable.refusal == UnknownCommand(command="SingSong")
    assert (unreadable.field, unreadable.message_id, unreadable.bad) == ("type", ID, False)


def test_what_is_said_back_is_short_and_printable():
    unreadable = refused(message(type="\x1b]0;owned\x07" + "x" * 10_000))

    assert len(unreadable.refusal.command) <= 40
    assert unreadable.refusal.command.isprintable()
    assert refused(message(id="x" * 10_000)).message_id == ""


def test_the_first_message_must_be_hello():
    assert refused(message(), read_first).refusal == HelloExpected()
    assert refused(message(), read_first).field == "type"
    assert refused('{"type":"Hello"}', read_first).field == "version"
    assert read_first('{"type":"Hello","version":1,"shoe_size":43}').version == 1


def test_a_later_hello_is_no_command():
    later = refused('{"type":"Hello","version":1}')

    assert later.refusal == UnknownCommand(command="Hello")


def test_the_last_of_two_equal_keys_counts():
    twice = message()[:-1] + ', "counter": 4}'

    assert read_command(twice) == CallNext(id=ID, day="2026-11-16", counter=4)


@pytest.mark.parametrize("number", ["1e999", "9" * 5_000, "-1", "3.0", "9007199254740993", "1e2"])
def test_no_number_is_beyond_its_bounds_nor_taken_for_another(number):
    unreadable = refused(message().replace('"counter": 3', f'"counter": {number}'))

    assert isinstance(unreadable.refusal, BadMessage)


def test_the_id_of_a_broken_message_is_said_back_only_if_it_could_be_one():
    assert refused(message(id="0123456789abcdef", counter=0)).message_id == "0123456789abcdef"
    for hostile in ("\x1b]0;owned\x07", "\u202e0123456789abcdef", "x" * 65, "0123456789abcdef\n"):
        assert refused(message(id=hostile, counter=0)).message_id == ""
        assert id_of(message(id=hostile)) == ""


def test_a_message_cannot_be_two_commands_at_once():
    unreadable = refused('{"type":"TakeTicket",' + message()[1:])

    assert isinstance(unreadable.refusal, BadMessage)
    assert unreadable.field == "type"


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_nothing_else_ever_comes_out_of_reading(text):
    assert isinstance(refused(text), Unreadable)


# --- Free text -------------------------------------------------------------------------------


def read_again(command):
    return read_command(encode(command).decode())


def message_to_all(zh, en):
    return SendMessage(id=ID, day="2026-11-16", zh=zh, en=en)


def papers_missing(*papers):
    return FinishService(
        id=ID, day="2026-11-16", counter=1, outcome="papers_missing", papers=papers
    )


def test_what_would_steer_a_terminal_never_comes_in():
    hostile = message_to_all(zh="请注意\x1b[2J\x07", en="\u202eCome\x00  in\x9b31m")

    assert read_again(hostile) == message_to_all(zh="请注意[2J", en="Come in31m")


def test_a_paper_of_invisible_signs_is_no_paper():
    assert read_again(papers_missing("\u200b\ufeff", "身份证")) == papers_missing("身份证")
