"""docs/kiosk.md names every setting there is, and the sizes it gives are right."""

import re
from pathlib import Path

from kiosk.measures import CAPITAL_MM, CAPITAL_SHARE, ScreenSettings
from kiosk.settings import Settings
from shared.printing.settings import PrinterSettings

PAGE = (Path(__file__).parents[2] / "docs" / "kiosk.md").read_text(encoding="utf-8")


def test_every_setting_is_on_the_page():
    names = {*Settings.__struct_fields__} - {"screen", "printer"}
    names |= {*ScreenSettings.__struct_fields__, *PrinterSettings.__struct_fields__}

    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    assert {name for name in names if f"`{name}`" not in rows} == set()


def test_so_many_rows_are_readable_as_the_page_says():
    rows = re.findall(r"\((\d+) × (\d+) mm\) \| (\d+) \|", PAGE)

    assert len(rows) == 5
    for _, height_mm, most in rows:
        fitting = int(height_mm) * CAPITAL_SHARE / CAPITAL_MM
        assert int(most) <= fitting < int(most) + 2
