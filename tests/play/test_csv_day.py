"""A recorded day is read as it is meant, or refused with the place and what was expected there."""

import gzip

import pytest

from play.csv_day import CUSTOMERS_MAX, read_day
from play.plan import Customer
from play.table import FILE_BYTES_MAX, DayFileError

HEADER = "arrival,service,lane,seconds,leave,needs\n"


def write(tmp_path, content):
    file = tmp_path / "day.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read(tmp_path, rows):
    return read_day(write(tmp_path, HEADER + rows)).customers


def refused(tmp_path, content, language="en"):
    with pytest.raises(DayFileError) as error:
        read_day(write(tmp_path, content))
    return error.value.says(language)


def test_customers_are_read_in_the_order_of_their_arrival(tmp_path):
    customers = read(
        tmp_path,
        "09:05:30,A+F,care,300+120.5,,low_counter\n32400,A,,,9:10,\n08:59,B,care+appointment,,,\n",
    )

    assert customers == (
        Customer(
            arrival_seconds=32340, services=("B",), lanes=("care", "appointment"), comes=False
        ),
        Customer(arrival_seconds=32400, services=("A",), leave_seconds=33000),
        Customer(
            arrival_seconds=32730,
            services=("A", "F"),
            service_seconds=(300, 120.5),
            lanes=("care",),
            needs=("low_counter",),
        ),
    )
    assert [customer.ending for customer in customers] == ["given_up", "left", "done"]


def test_columns_may_stand_in_any_order_and_what_need_not_be_there_may_be_missing(tmp_path):
    plan = read_day(write(tmp_path, "seconds,lane,service,arrival\n60,,A,9:00\n"))

    assert plan.customers == (
        Customer(arrival_seconds=32400, services=("A",), service_seconds=(60,)),
    )
    assert plan.recorded


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "bom"])
def test_files_of_spreadsheets_are_read_too(tmp_path, start, end):
    content = start + (HEADER + '"9:00", A ,ordinary,"60",,\n\n9:01,A,,30,,').replace("\n", end)

    plan = read_day(write(tmp_path, content))

    assert [customer.arrival_seconds for customer in plan.customers] == [32400, 32460]


def test_a_packed_file_is_read_too(tmp_path):
    plan = read_day(write(tmp_path, gzip.compress(f"{HEADER}9:00,A,,60,,\n".encode())))

    assert len(plan.customers) == 1


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("25:00,A,,60,,", "arrival", "a time of the day"),
        ("86400,A,,60,,", "arrival", "a time of the day"),
        ("-1,A,,60,,", "arrival", "a time of the day"),
        ("nan,A,,60,,", "arrival", "a time of the day"),
        (",A,,60,,", "arrival", "a time of the day"),
        ("9:00,,,60,,", "service", "service ids"),
        ("9:00,A;B,,60,,", "service", "service ids"),
        ("9:00,A+A+A+A+A+A,,1+1+1+1+1+1,,", "service", "service ids"),
        ("9:00,A,senior,60,,", "lane", "ordinary, care, vip"),
        ("9:00,A,care+care,60,,", "lane", "ordinary, care, vip"),
        ("9:00,A,,1e3,,", "seconds", "seconds of service"),
        ("9:00,A,,14401,,", "seconds", "seconds of service"),
        ("9:00,A,,60+60,,", "seconds", "as many times as services: 1, not 2"),
        ("9:00,A,,60,9:10,", "leave", "who was served did not leave"),
        ("9:00,A,,,8:59,", "leave", "a time after the arrival"),
        ("9:00,A,,,soon,", "leave", "a time of the day, or nothing"),
        ("9:00,A,,60,,wheelchair", "needs", "low_counter, visual_call, escort"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(tmp_path, row, column, expected):
    said = refused(tmp_path, f"{HEADER}9:00,A,,60,,\n{row}\n")

    assert said.startswith(f"{tmp_path / 'day.csv'} line 3 column {column}: expected ")
    assert expected in said


@pytest.mark.parametrize(
    ("content", "where", "expected"),
    [
        ("", "line 1", "a first line that names the columns"),
        ("arrival,service,lane\n", "line 1", "a column seconds"),
        ("arrival,service,lane,seconds,leaves\n", "line 1 column leaves", "one of the columns"),
        ("arrival,lane,lane\n", "line 1 column lane", "each column once"),
        (HEADER, "line 2", "at least one customer"),
        (f"{HEADER}9:00,A,,60\n", "line 2", "6 cells, as in the first line, not 4"),
        (f'{HEADER}"9:00,A,,60,,\n', "line 2", "a quotation mark"),
        (f"{HEADER}9:00,{'A' * 201},,60,,\n", "line 2 column service", "at most 200"),
        (HEADER.encode() + b"9:00,\xff,,60,,\n", "line 2", "text in UTF-8"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-4], "day.csv", "a whole file packed with gzip"),
        (b"\x1f\x8b not packed at all", "day.csv", "a whole file packed with gzip"),
        (f"{HEADER}9:00,A,,{'6' * 140_000},,\n", "line 2", "a quotation mark"),
    ],
    ids=[
        *("empty", "column-missing", "column-unknown", "column-twice", "no-customers", "cells"),
        *("quotation-mark", "long-cell", "not-utf8", "cut-off", "not-packed", "endless-cell"),
    ],
)
def test_a_wrong_file_is_told_what_was_expected(tmp_path, content, where, expected):
    said = refused(tmp_path, content)

    assert where in said
    assert expected in said


def test_the_reasons_are_told_in_chinese_too(tmp_path):
    said = refused(tmp_path, f"{HEADER}9:00,A,,x,,\n", language="zh")

    assert "第 2 行 seconds 列：应为" in said


def test_a_cell_cannot_steer_the_terminal_it_is_shown_on(tmp_path):
    said = refused(tmp_path, f"{HEADER}\x1b]0;owned\x07,A,,60,,\n")

    assert "\x1b" not in said
    assert "\x07" not in said


def test_a_missing_file_and_a_folder_are_told_apart_from_a_day(tmp_path):
    for file in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(DayFileError) as error:
            read_day(file)

        assert "a file that can be read" in error.value.says("en")


def test_a_file_that_unpacks_to_far_too_much_is_not_unpacked_whole(tmp_path):
    bomb = gzip.compress(b"9" * (FILE_BYTES_MAX + 1))

    assert "at most 32 MB" in refused(tmp_path, bomb)


def test_more_customers_than_a_day_can_have_are_refused(tmp_path):
    said = refused(tmp_path, HEADER + "9:00,A,,1,,\n" * (CUSTOMERS_MAX + 1))

    assert "at most 20000 customers" in said


def test_more_services_than_there_are_letters_are_refused(tmp_path):
    said = refused(tmp_path, HEADER + "".join(f"9:00,S{n},,1,,\n" for n in range(25)))

    assert "at most 24 different services" in said
