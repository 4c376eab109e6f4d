"""Every screen of the kiosk as it is seen, kept beside this file: see tests/screens.py.

All of them at the smallest size, those everybody meets at the others too, in both languages.
"""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.kiosk.one_kiosk import GIVEN, SIZES, kiosk
from tests.screens import assert_as_kept

KEPT = Path(__file__).with_name("screens")


def keeper(one, size, language):
    def see(name):
        assert_as_kept(one.app, KEPT / f"{name}-{size[0]}x{size[1]}-{language}.txt")

    return see


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_main_screens_at_every_size(size, language):
    async with kiosk(size, settings={"language": language}) as one:
        see = keeper(one, size, language)
        one.link.answer_with(GIVEN, GIVEN)

        see("welcome")
        await one.touch("care")
        see("services-care")
        await one.touch("service:A")
        see("ticket")
        await one.touch("done")
        await one.touch("large")
        see("large-welcome")
        await one.touch("start")
        see("large-services")
        await one.touch("service:A")
        see("large-ticket")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_other_screen_at_the_smallest_size(language):
    async with kiosk(settings={"language": language, "long_line": 2}) as one:
        see = keeper(one, (80, 24), language)
        one.link.answer_with(*[GIVEN] * 3)

        await one.touch("start")
        await one.touch("needs")
        await one.touch("need:low_counter")
        see("needs")
        await one.touch("next")
        see("needs-turned")
        await one.touch("back")
        one.story.take("A")
        one.story.take("A")
        await one.push()
        see("services-chosen")
        await one.touch("service:A")
        see("confirm")
        one.link.hold()
        await one.touch("yes")
        see("asking")
        one.link.become("stale")
        await one.settle()
        see("offline")
        one.link.become("live")
        one.link.release()
        await one.settle()
        await one.touch("large")
        await one.touch("next")
        see("large-code")
        await one.touch("previous")
        await one.touch("large")
        await one.touch("help")
        see("told-help")
        await one.touch("back")
        one.link.push(replace(one.story.kiosk, complaint_phone="400 123 4567"))
        await one.touch("complaint")
        see("told-complaint")
        await one.touch("large")
        see("told-complaint-large")
        await one.touch("large")
        await one.touch("back")
        await one.wait(35)
        see("still-there")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_closed_branch_and_a_closed_service(language):
    async with kiosk(settings={"language": language}, at="2026-11-16 18:30") as one:
        keeper(one, (80, 24), language)("closed")
    async with kiosk(settings={"language": language}, at="2026-11-16 16:35") as one:
        see = keeper(one, (80, 24), language)
        await one.touch("start")
        see("services-over")
        await one.touch("service:W")
        see("told-over")
