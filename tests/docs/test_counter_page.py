"""docs/counter.md names every key and every setting there is."""

from pathlib import Path

import pytest
from msgspec.structs import fields

from counter.settings import Settings
from counter.verbs import VERBS
from shared.i18n import text

PAGE = (Path(__file__).parents[2] / "docs" / "counter.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_every_setting_is_explained(setting):
    assert f"| `{setting.name}` |" in PAGE or f"| `[{setting.name}]` |" in PAGE


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.word)
def test_every_key_is_in_the_table_under_the_word_that_stands_on_it(verb):
    assert f"| {verb.hotkey} | {text('zh', f'counter.key.{verb.word}')} " in PAGE


def test_no_other_key_is_in_the_table():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "| what" not in line]
    keys = [row.split("|")[1].strip() for row in rows]

    assert {key for key in keys if key and "`" not in key} - {"---", "setting"} == {
        verb.hotkey for verb in VERBS
    }
