"""A played branch to look at: terminals of its own that nobody plays, on pages for a browser.

What there is to look at, `lobby web` knows; here it gets the terminals, and the people who may
sign in at them.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from play.house import Desk, Key, Post
from play.own_server import lobby
from play.screen import Out
from shared.i18n import text
from shared.pairing import keep_key
from shared.protocol import Language

SPARE_COUNTER: Final = 4

POSTS: Final = {
    "kiosk": Post(kind="kiosk"),
    "counter": Post(kind="counter", counter=SPARE_COUNTER, staff="visitor"),
    "rate": Post(kind="rating_panel", counter=SPARE_COUNTER),
    "display": Post(kind="display"),
    "board": Post(kind="board", staff="visitor-board", role="lobby_manager"),
}
"""Who would look on at the example branch, by the program."""

LANGUAGES: Final[dict[Language, str]] = {"zh": '["zh", "en"]', "en": '["en", "zh"]'}


class Seen(Struct, frozen=True):
    """A terminal to be looked at."""

    program: str
    key: Key
    file: Path


async def furnish(desk: Desk, folder: Path, language: Language) -> list[Seen]:
    """A terminal for each program that can be shown in a browser."""
    _, listed = await lobby("web", "--list", "--language", "en")
    programs = [name for line in listed.decode().splitlines() if (name := line.split()[0]) in POSTS]
    keys = await desk.furnish([POSTS[name] for name in programs])
    return [_kept(folder, *one, language) for one in zip(programs, keys, strict=True)]


def _kept(folder: Path, program: str, key: Key, language: Language) -> Seen:
    file = folder / f"lobby-{program}.json"
    keep_key(file, key.station)
    file.with_suffix(".toml").write_text(in_language(program, language), encoding="utf-8")
    return Seen(program, key, file)


def in_language(program: str, language: Language) -> str:
    """The settings of a terminal that begins in that language; a display is for everybody."""
    if program == "display":
        return f"languages = {LANGUAGES[language]}\n"
    return f'language = "{language}"\n'


@asynccontextmanager
async def in_browser(seen: Sequence[Seen], language: Language, out: Out) -> AsyncIterator[None]:
    """Serve them while the block runs; their addresses are told before it does."""
    if not seen:
        yield
        return
    stations = [f"{one.program}={one.file}" for one in seen]
    with (seen[0].file.parent / "web.log").open("w+b") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lobby", "web", *stations, "--port", "0"),
            *("--language", language),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            assert process.stdout is not None, "it was asked for"
            told = [await process.stdout.readline() for _ in seen]
            if all(told):
                for one, line in zip(seen, told, strict=True):
                    out(_address(one, line.decode().strip(), language))
            else:
                # Such as that the extra is not there: the day is played all the same.
                log.seek(0)
                out(log.read().decode(errors="replace").strip().rpartition("\n")[2])
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _address(seen: Seen, line: str, language: Language) -> str:
    what, _, url = re.sub(r" +", " ", line).rpartition(" ")
    if not seen.key.secret:
        return text(language, "demo.address", what=what, url=url)
    who, secret = seen.key.post.staff, seen.key.secret
    return text(language, "demo.address_sign_in", what=what, url=url, staff=who, secret=secret)
