"""What shared/config.py promises: a struct, or one plain sentence about file, key and need."""

import os
from contextlib import contextmanager
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from server.domain.configuration import BranchConfig
from shared.config import FILE_BYTES_MAX, ConfigError, load, loads


class Setting(Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class Rule(Setting):
    rate: Annotated[float, Meta(ge=1, le=100)] = 1.0


class Service(Setting):
    id: Annotated[str, Meta(min_length=1, max_length=16)]
    minutes: Annotated[int, Meta(ge=1, le=480)] = 6
    lane: Literal["ordinary", "care"] | None = None
    opens: Annotated[str, Meta(pattern=r"^[0-9]{2}:[0-9]{2}$")] | None = None


class Branch(Setting):
    services: tuple[Service, ...] = ()
    rules: dict[str, Rule] = {}
    series: dict[Literal["A", "B"], int] = {}
    span: tuple[int, int] = (0, 1)
    quiet: bool = False
    days: Annotated[tuple[str, ...], Meta(min_length=1)] = ("mon",)
    either: int | str = 0
    ends: Annotated[str, Meta(pattern="^[0-9:]+$", description="a time such as 17:00")] = ""
    title: Annotated[str, Meta(max_length=3, title="The title")] = ""
    over: Annotated[int, Meta(gt=3)] = 4


def fault_of(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        loads(text, Branch, "branch.toml")
    return caught.value


def test_a_file_becomes_its_struct(tmp_path):
    file = tmp_path / "branch.toml"
    file.write_text('[[services]]\nid = "A"\nminutes = 5\n', encoding="utf-8")

    branch = load(file, Branch)

    assert branch == Branch(services=(Service(id="A", minutes=5),))


def test_a_fault_names_file_key_and_what_was_expected():
    fault = fault_of('[[services]]\nid = "A"\n[[services]]\nid = "F"\nminutes = 500\n')

    assert fault.file == "branch.toml"
    assert fault.key == "services[1].minutes"
    assert fault.expected == "a whole number from 1 to 480"
    assert str(fault) == ("branch.toml: services[1].minutes: expected a whole number from 1 to 480")


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('services = [{id = "A", minutes = "six"}]', "services[0].minutes", "whole number"),
        ("services = [{minutes = 6}]", "services[0].id", "1 to 16 characters, but it is missing"),
        ('services = [{id = "A", lane = "vip"}]', "services[0].lane", "one of care, ordinary"),
        ('services = [{id = "A", lane = 3}]', "services[0].lane", "one of care, ordinary"),
        ('services = [{id = "A", opens = "9"}]', "services[0].opens", "text matching ^[0-9]{2}:"),
        ("services = {}", "services", "a list"),
        ("rules = []", "rules", "a table"),
        ("[rules.calm]\nrate = 2\n[rules.odd]\nrate = 0.5", "rules.odd.rate", "from 1 to 100"),
        ('[rules."老 年"]\nrate = 0.5', 'rules."老 年".rate', "from 1 to 100"),
        ("[rules.calm]\nrate = nan", "rules.calm.rate", "a number from 1 to 100"),
        ("rules = {calm = 3}", "rules.calm", "a table"),
        ("[series]\nC = 1", "series", "only keys that are one of A, B"),
        ("span = [1]", "span", "a list of 2"),
        ('span = [1, "two"]', "span[1]", "a whole number"),
        ('quiet = "yes"', "quiet", "true or false"),
        ("quiet = 1", "quiet", "true or false"),
        ("days = []", "days", "a list of at least 1 entries"),
        ("either = 2.5", "either", "a whole number or text"),
        ("over = 3", "over", "a whole number of more than 3"),
        ('ends = "five"', "ends", "a time such as 17:00"),
        ('title = "long"', "title", "text of at most 3 characters"),
        ("days = 2026-11-16", "days", "a list"),
    ],
)
def test_every_kind_of_fault_is_said_in_plain_words(text, key, expected):
    fault = fault_of(text)

    assert fault.key == key
    assert expected in fault.expected


def test_an_unknown_key_is_refused_with_the_one_that_was_meant():
    fault = fault_of('services = [{id = "A", minuts = 6}]')

    assert fault.key == "services[0].minuts"
    assert fault.expected == "one of the keys id, minutes, lane, opens; did you mean minutes?"


def test_an_unknown_key_unlike_any_other_only_lists_the_keys():
    fault = fault_of("zzz = 1")

    assert fault.key == "zzz"
    assert "did you mean" not in fault.expected


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a = 1\nb == 2\n", "line 2, column 4"),
        ("a = 1\n\nb = [1,", "line 3, column 8"),
        ("a = 1\r\na = 2\r\n", "line 2, column 6"),
    ],
)
def test_what_is_not_toml_is_said_with_line_and_column(text, where):
    fault = fault_of(text)

    assert fault.key == where
    assert fault.expected.startswith("valid TOML (")


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "a = " + "9" * 5_000])
def test_a_file_made_to_break_the_reader_is_a_fault_like_others(text):
    assert str(fault_of(text)).startswith("branch.toml: ")


def test_a_missing_file_is_said_plainly(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "lobby.toml", Branch)

    assert str(caught.value) == f"{tmp_path / 'lobby.toml'}: expected a file, but there is none"


def test_a_folder_in_place_of_a_file_is_said_plainly(tmp_path):
    with pytest.raises(ConfigError, match="but this is a folder"):
        load(tmp_path, Branch)


NOBODY = 65534


@contextmanager
def ordinary_user():
    """Not root, to whom no file is closed."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_said_plainly(tmp_path):
    file = tmp_path / "branch.toml"
    file.touch(mode=0)

    with ordinary_user(), pytest.raises(ConfigError, match="that this user may read"):
        load(file, Branch)


def test_a_path_that_cannot_be_followed_is_said_plainly(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="a file that can be read"):
        load(tmp_path / "file" / "branch.toml", Branch)


def test_a_file_of_another_size_than_a_person_writes_is_refused(tmp_path):
    file = tmp_path / "branch.toml"
    file.write_bytes(b"#" * (FILE_BYTES_MAX + 1))

    with pytest.raises(ConfigError, match="at most 1048576 bytes"):
        load(file, Branch)


def test_bytes_that_are_not_text_are_said_with_their_line(tmp_path):
    file = tmp_path / "branch.toml"
    file.write_bytes("# 网点\nname = ".encode() + "一号".encode("gb18030"))

    with pytest.raises(ConfigError, match="line 2: expected text in UTF-8"):
        load(file, Branch)


def test_the_mark_that_some_editors_put_first_does_not_matter(tmp_path):
    file = tmp_path / "branch.toml"
    file.write_bytes("quiet = true".encode("utf-8-sig"))

    assert load(file, Branch).quiet is True


def test_the_key_of_a_calling_preset_is_found_by_its_name():
    lane = "{ head_start_minutes = 0 }"
    text = f"""
        id = "main"
        name = {{}}
        [calling.presets.simple]
        ordinary = {lane}
        care = {lane}
        vip = {lane}
        appointment = {lane}
        [calling.presets.mine]
        ordinary = {lane}
        care = {{ rate = 0 }}
        vip = {lane}
        appointment = {lane}
    """

    with pytest.raises(ConfigError) as caught:
        loads(text, BranchConfig, "main.toml")

    assert caught.value.key == "calling.presets.mine.care.rate"
