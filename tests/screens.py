"""What people see, kept as plain text beside the tests: a changed screen is a changed file.

    assert_as_kept(app, Path(__file__).with_name("screens") / "welcome-80x24-zh.txt")

`LOBBY_KEEP_SCREENS=1 pytest tests/kiosk` writes them anew; look at the difference before it is
committed. Plain text is stable over versions of Textual and right for Chinese, which the pictures
Textual can write are not.
"""

import os
import re
from pathlib import Path

KEEP = os.environ.get("LOBBY_KEEP_SCREENS") == "1"


def lines_of(app):
    """The screen as lines of text."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def assert_as_kept(app, path: Path):
    """Compare the screen with the one that was kept, and say where they differ."""
    drawn = "\n".join(lines_of(app)) + "\n"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", drawn), "a control character is drawn"
    if KEEP:
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert path.exists(), f"no screen is kept as {path}: see tests/screens.py"
    assert drawn.splitlines() == path.read_text(encoding="utf-8").splitlines()
