"""The report for spreadsheets and programs."""

import csv
import io
import json

import msgspec
import pytest
from msgspec.structs import replace

from server.reports import tables
from server.reports.report import DayReport, Gap
from shared.protocol import Words
from tests.server.reports.told import report_of, serve


@pytest.fixture
def report(story):
    story.open(1)
    story.take("A")
    serve(story, 1, "09:10", "09:11", "09:17")
    return report_of(story)


def read(text):
    """What a spreadsheet would read."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(report, name):
    return next(one for one in tables.tables(report) if one.name == name)


def test_every_list_of_the_report_is_a_table_with_a_row_for_each(report):
    rows = {one.name: len(one.rows) for one in tables.tables(report)}

    assert rows == {
        "day": 1,
        "services": 5,
        "lanes": 4,
        "counters": 8,
        "tellers": 1,
        "quarters": 1,
        "alert_kinds": len(report.alert_kinds),
        "ratings_by_counter": 1,
        "ratings_by_teller": 1,
        "rules": 1,
    }


def test_a_table_is_read_back_as_it_was_written(report):
    (service, *_) = read(tables.csv(table(report, "services")))

    assert service["service"] == "A"
    assert service["name_zh"] == report.services[0].name.zh
    assert service["tickets_done"] == "1"
    assert service["work_wait_mean_ms"] == "600000"
    assert service["work_transfer_wait_mean_ms"] == ""
    assert service["work_on_time_share"] == "1.0"


def test_instants_are_local_times_with_their_offset(report):
    gapped = replace(report, duty=replace(report.duty, gaps=(Gap(since=0, until=1_500),)))

    (day,) = read(tables.csv(table(report, "day")))
    (gap,) = read(tables.csv(table(gapped, "gaps")))

    assert day["opened_at"] == "2026-11-16T08:00:00+08:00"
    assert (day["closed_at"], day["late"]) == ("", "false")
    assert gap == {
        "since": "1970-01-01T08:00:00+08:00",
        "until": "1970-01-01T08:00:01.500000+08:00",
    }


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1"])
def test_a_cell_that_looks_like_a_formula_is_a_text(report, name):
    teller = replace(report.tellers[0], staff=name)

    (read_back,) = read(tables.csv(table(replace(report, tellers=(teller,)), "tellers")))

    assert read_back["staff"] == f"'{name}"


@pytest.mark.parametrize("name", ['Cash, "cards"', "two\r\nlines", "a=b", "'quoted'", "\u53f7"])
def test_commas_quotes_and_lines_survive(report, name):
    odd = replace(report, name=Words(zh="", en=name))

    (day,) = read(tables.csv(table(odd, "day")))

    assert day["name_en"] == name


def test_records_end_as_the_standard_says_and_quotes_are_doubled(report):
    odd = replace(report, name=Words(en='say "A"'))

    text = tables.csv(table(odd, "day"))

    assert text.count("\r\n") == text.count("\n") == 2
    assert ',"say ""A""",' in text


def test_all_tables_in_one_text_are_told_apart_by_their_first_column(report):
    parts = tables.all_in_one(report).split("\r\n\r\n")

    names = [one.name for one in tables.tables(report)]
    assert [read(part)[0]["table"] for part in parts] == names
    assert {len(record) for part in parts[:1] for record in csv.reader(io.StringIO(part))} == {
        len(table(report, "day").columns) + 1
    }


def test_json_is_the_whole_report(report):
    text = tables.json(report)

    assert msgspec.json.decode(text, type=DayReport) == report
    assert json.loads(text)["work"]["wait"]["mean_ms"] == 600_000
    assert "\n" not in text
