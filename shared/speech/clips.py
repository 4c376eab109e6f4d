"""Where the clips of the voice lie, and by which names: for the display, and for the server that
hands them to browsers.

    FOLDER/recorded/zh/digit-7.wav    somebody's voice; comes first, never touched by the build
    FOLDER/made/zh/digit-7.wav        made by espeak-ng
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

RECORDED: Final = "recorded"
MADE: Final = "made"
NAME: Final = re.compile(r"(chime|(zh|en)/[a-z]+(-[A-Z0-9]{1,5})?)\Z")

CLIP_BYTES_MAX: Final = 2_000_000
"""Three quarters of a minute; a clip is a word."""


def file_of(folder: Path, name: str) -> Path | None:
    """Where a clip lies; None where it does not. Names come from outside, too."""
    if not NAME.match(name):
        return None
    for kind in (RECORDED, MADE):
        file = folder / kind / f"{name}.wav"
        if file.is_file() and file.stat().st_size <= CLIP_BYTES_MAX:
            return file
    return None
