"""`python -m docs.pictures`: takes the pictures of the handbook, of the real thing.

    python -m docs.pictures --only kiosk-ticket

plays a morning at a server of its own (`story.py`), shows its terminals by `lobby web`, goes
through the shots (`shots.py`) in Chromium, and writes docs/pictures/NAME.LANGUAGE.png. Look at
what came of it before it is committed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, assert_never

from docs.pictures.png import packed
from docs.pictures.shots import SHOTS, CallNext, Press, Serve, Shot, SignIn, Step, Touch
from docs.pictures.story import EVENING, UNTIL, Morning, morning
from server.config import DEFAULT_BRANCH
from server.domain.configuration import BranchConfig
from shared.config import load
from shared.protocol import Language
from tests.browser import Browser, chromium
from tests.web.window import Window

FOLDER: Final = Path(__file__).parent
SIGN_IN: Final = "sign_in.heading"


def main() -> int:
    """Take them."""
    parser = argparse.ArgumentParser(prog="docs.pictures", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="those whose name begins like this")
    options = parser.parse_args()
    wanted = [shot for shot in SHOTS if shot.name.startswith(options.only or "")]
    with tempfile.TemporaryDirectory(prefix="lobby-pictures-") as folder:
        asyncio.run(_take_all(Path(folder), wanted))
    return 0


async def _take_all(folder: Path, shots: Sequence[Shot]) -> None:
    lived = await morning(folder)
    async with lived.shown() as addresses, chromium() as browser:
        for scene, at in (("morning", UNTIL), ("away", UNTIL), ("evening", EVENING)):
            of_scene = [(s, lang) for s in shots if s.scene == scene for lang in s.languages]
            if scene == "away":
                for shot, language in of_scene:
                    await _take_alone(browser, lived, addresses, shot, language)
                continue
            async with lived.serving(at):
                for shot, language in of_scene:
                    window = await _open(browser, lived, addresses, shot, language)
                    await _take(browser, lived, window, shot, language)


async def _take_alone(
    browser: Browser,
    lived: Morning,
    addresses: dict[str, str],
    shot: Shot,
    language: Language,
) -> None:
    """The server goes away while somebody looks on."""
    async with lived.serving(UNTIL):
        window = await _open(browser, lived, addresses, shot, language)
        await window.shows("kiosk.help")
    await _take(browser, lived, window, shot, language)


async def _open(
    browser: Browser,
    lived: Morning,
    addresses: dict[str, str],
    shot: Shot,
    language: Language,
) -> Window:
    lived.speak(shot.program, language, **shot.settings)
    page = await browser.new_page(shot.size)
    await page.go(addresses[shot.program])
    return Window(page, language)


async def _take(
    browser: Browser, lived: Morning, window: Window, shot: Shot, language: Language
) -> None:
    for step in shot.steps:
        await _do(lived, window, shot, step)
    await window.shows(shot.until)
    await window.drawn_to_the_end()
    picture = await packed(browser, await window.page.screenshot())
    file = FOLDER / f"{shot.name}.{language}.png"
    file.write_bytes(picture)
    sys.stdout.write(f"{file.name}  {len(picture):,} bytes\n")
    await window.page.close()


async def _do(lived: Morning, window: Window, shot: Shot, step: Step) -> None:
    match step:
        case Touch(service=str(service)) if service:
            await window.touch_words(_name(service, window.language))
        case Touch(key):
            await window.touch(key)
        case Press(key, when):
            await window.shows(when)
            await window.page.press(key)
        case SignIn():
            await window.notice("nothing")
            if await window.shows_first(SIGN_IN, shot.until) != SIGN_IN:
                return  # from the picture before
            for typed in lived.sign_in(shot.program):
                await window.page.type(typed)
                await window.page.press("Enter")
                await window.drawn_to_the_end()  # the next field is ready then
        case CallNext():
            await window.notice("nothing")
            await lived.call()
        case Serve():
            await window.notice("nothing")
            await lived.serve()
        case _:
            assert_never(step)


def _name(service: str, language: Language) -> str:
    config = load(DEFAULT_BRANCH, BranchConfig)
    names = next(one.name for one in config.services if one.id == service)
    return names.zh if language == "zh" else names.en


if __name__ == "__main__":
    sys.exit(main())
