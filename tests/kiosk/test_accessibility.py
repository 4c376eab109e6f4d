"""Everyone can use it: the requirements AX-01 to AX-14, each by its name.

What is only measured in a hall (force, loudness at an ear, the height of the hardware) stands on
the installer's sheet in docs/kiosk.md.
"""

import re
from math import log10

import pytest

from kiosk.measures import (
    CAPITAL_MM,
    GAP_MM,
    LARGE_CAPITAL_MM,
    TOUCH_MM,
    UNKNOWN,
    ScreenSettings,
)
from kiosk.pages import sentences
from shared.i18n import LANGUAGES, text
from shared.protocol import RequestHelp, TakeTicket
from shared.speech.espeak import LOUDNESS
from shared.ui.theme import BORDERS, THEMES, TOGETHER
from tests.kiosk.one_kiosk import GIVEN, SIZES, kiosk
from tests.kiosk.test_app import Printer, Voice, with_printer
from tests.shared.ui.test_theme import BORDER_MIN, TEXT_MIN, colour, contrast

PANELS = [
    ((80, 24), {"width_mm": 376.0, "height_mm": 301.0}),  # 19 inches, as old kiosks have them
    ((80, 24), {"width_mm": 476.0, "height_mm": 268.0}),  # 21.5 inches
    ((120, 40), {"width_mm": 708.0, "height_mm": 398.0}),  # 32 inches
    ((80, 60), {"width_mm": 398.0, "height_mm": 708.0}),  # the same, upright
    ((120, 40), {"width_mm": 344.0, "height_mm": 194.0}),  # 15.6 inches, with too small a font
]

DRAWN = re.compile(r"[▀▄█─│━┃╭╮╰╯┏┓┗┛▁▔▎▊…]+")


def words_of(lines):
    """What is written on the screen: without edges, drawings and the bar."""
    written = "\n".join(DRAWN.sub("  ", line) for line in lines[:-3])
    return [piece.strip() for piece in re.split(r"  +|\n", written) if piece.strip()]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_ax01_a_ticket_in_two_touches_without_phone_card_name_or_app(language):
    async with kiosk(settings={"language": language}) as one:
        one.link.answer_with(GIVEN)

        await one.touch("start")
        await one.touch("service:A")

        (command,) = one.link.sent
        assert command == TakeTicket(
            id=command.id, day=one.story.kiosk.day, service="A", language=language
        )
        assert one.app.kiosk.step == "ticket"


@pytest.mark.parametrize(("size", "panel"), PANELS, ids=str)
async def test_ax02_every_target_is_as_large_as_a_finger_and_apart_from_the_next(size, panel):
    screen = ScreenSettings(**panel)
    cell = screen.cell(*size)
    async with kiosk(size, settings={"screen": screen}, voice=Voice()) as one:
        async for page in one.walk():
            for tile in one.tiles():
                high = tile.region.height * cell.height_mm
                wide = tile.region.width * cell.width_mm
                assert high >= TOUCH_MM, (page, tile.tile.touch, high)
                assert wide >= TOUCH_MM, (page, tile.tile.touch, wide)
    assert cell.gap_mm >= GAP_MM


async def test_ax02_a_tile_is_touched_anywhere_on_it():
    async with kiosk() as one:
        for corner in ((0, 0), (77, 4), (1, 3)):
            tile = next(b for b in one.tiles() if b.tile.touch == "start")
            await one.pilot.click(tile, offset=corner)
            await one.settle()
            assert one.app.kiosk.step == "services"
            await one.press("escape")


@pytest.mark.parametrize(("size", "panel"), PANELS, ids=str)
def test_ax03_large_text_is_large_on_every_panel_and_small_text_is_told_of(size, panel):
    cell = ScreenSettings(**panel).cell(*size)

    assert cell.drawn_mm(3) >= LARGE_CAPITAL_MM  # the lowest there is a drawing for
    assert ("kiosk.small.text" in list(cell.faults())) == (cell.capital_mm < CAPITAL_MM)
    assert list(UNKNOWN.faults()) == ["kiosk.small.text"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_ax03_one_key_on_every_page_makes_text_large_and_nothing_is_cut_off(size, language):
    async with kiosk(size, settings={"language": language}) as one:
        await one.touch("large")
        async for page in one.walk():
            assert "large" in {tile.tile.touch for tile in one.tiles()}, page
            height, width = size[1], size[0]
            for tile in one.tiles():
                assert tile.region.bottom <= height, (page, tile.tile.touch)
                assert tile.region.right <= width, (page, tile.tile.touch)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_ax04_text_and_edges_stand_out_in_every_theme(theme):
    text_pairs = [contrast(colour(theme, one), colour(theme, other)) for one, other in TOGETHER]
    edges = [contrast(colour(theme, one), colour(theme, other)) for one, other in BORDERS]

    assert min(text_pairs) >= TEXT_MIN
    assert min(edges) >= BORDER_MIN


async def test_ax05_nothing_is_told_by_colour_alone():
    async with kiosk(at="2026-11-16 16:35") as one:
        await one.touch("start")
        first_marked = one.shown()
        await one.press("down")
        assert one.shown() != first_marked, "which tile is marked shows in its edge"
        assert text("zh", "service_status.over") in one.text(), "a closed service says so"

        await one.touch("needs")
        nothing_chosen = one.text()
        await one.touch("need:escort")
        assert text("zh", "kiosk.chosen") in one.text()
        assert text("zh", "kiosk.chosen") not in nothing_chosen


@pytest.mark.parametrize("language", LANGUAGES)
async def test_ax06_whatever_is_on_a_page_is_read_and_every_key_when_it_is_marked(language):
    voice = Voice()
    async with kiosk(settings={"language": language}, voice=voice) as one:
        await one.touch("speech")
        async for page in one.walk():
            if page == "asking":
                continue  # gone before it is read
            spoken = [line for said in voice.read[-3:] if said != "quiet" for line in said[0]]
            heard = " ".join([*spoken, *sentences(one.app.page())])
            turning = {tile.label for tile in one.app.page().turning}
            for piece in words_of(one.shown()):
                if piece in turning:
                    continue  # read when it is marked
                assert piece.replace(" ", "") in heard.replace(" ", ""), (page, piece)
            assert one.app.page().heading in spoken, page

        await one.touch("speech")
        await one.touch("start")
        labels = {tile.tile.label for tile in one.tiles()}
        marked = set()
        for _ in labels:
            await one.press("down")
            marked.add(voice.read[-1][0][0])
        assert marked == labels


async def test_ax06_speech_is_repeated_stopped_made_louder_and_gone_with_the_customer():
    voice = Voice()
    async with kiosk(voice=voice) as one:
        await one.touch("start")
        await one.touch("speech")
        await one.press("r")
        again = voice.read[-1]
        await one.press("q")
        stopped = voice.read[-1]
        await one.touch("speech")
        loud = voice.read[-1]
        await one.wait(60)

        assert again[0][0] == text("zh", "kiosk.services.all")
        assert stopped == "quiet"
        assert loud[2] is True
        assert one.app.kiosk.choices.speech == "off"
    assert 20 * log10(LOUDNESS[1] / LOUDNESS[0]) >= 20


async def mark(one, touch):
    """Walk to a tile by keys alone."""
    for _ in range(20):
        if one.app.screen.focused.tile.touch == touch:
            return
        await one.press("down")
    raise AssertionError(f"no key leads to {touch}")


async def test_ax07_everything_there_is_can_be_done_with_five_keys():
    async with kiosk(settings={"long_line": 1}) as one:
        one.link.answer_with(GIVEN, GIVEN)
        one.story.take("F")
        await one.push()

        await mark(one, "language")
        await one.press("enter")
        await mark(one, "care")
        await one.press("enter")
        await mark(one, "needs")
        await one.press("enter")
        await mark(one, "need:escort")
        await one.press("enter", "escape")
        await mark(one, "service:F")
        await one.press("enter")
        assert one.app.kiosk.step == "confirm"
        await mark(one, "yes")
        await one.press("enter")

        assert one.app.kiosk.step == "ticket"
        (taken,) = one.link.sent
        assert (taken.service, taken.lanes, taken.needs) == ("F", ("care",), ("escort",))
        assert taken.language == "en"

        await one.press("f1")
        assert isinstance(one.link.sent[-1], RequestHelp)
        await one.press("escape")
        await mark(one, "done")
        await one.press("enter")
        assert one.app.kiosk.step == "welcome"


async def test_ax08_the_warning_comes_after_thirty_seconds_is_heard_and_ends_with_any_key():
    voice = Voice()
    async with kiosk(voice=voice) as one:
        await one.touch("speech")
        await one.touch("start")
        for n in range(1, 11):
            await one.wait(29)
            assert text("zh", "kiosk.still_there") not in one.text()
            await one.wait(1)
            assert text("zh", "kiosk.still_there") in one.text()
            assert one.app.rung == n
            assert voice.read[-1][0][0] == text("zh", "kiosk.still_there")
            await one.wait(19)
            await one.press("x" if n % 2 else "down")

        assert one.app.kiosk.step == "services"


async def test_ax08_whatever_was_chosen_is_wiped_when_nobody_answers():
    async with kiosk() as one:
        await one.touch("language")
        await one.touch("care")
        await one.touch("needs")
        await one.touch("need:escort")
        await one.touch("large")
        await one.wait(30)
        await one.wait(20)

        assert one.app.kiosk.choices.needs == ()
        assert not one.app.kiosk.choices.large
        assert text("zh", "kiosk.start") in one.text()


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
async def test_ax09_help_is_at_the_same_place_on_every_page_and_calls_at_once(size):
    async with kiosk(size) as one:
        places = set()
        async for _ in one.walk():
            # On the welcome page there is another one, for whoever is not sure.
            places.add([tile.region for tile in one.tiles() if tile.tile.touch == "help"][-1])
        calls = [c for c in one.link.sent if isinstance(c, RequestHelp)]

        assert len(places) == 1
        assert len(calls) == 1


async def test_ax10_where_the_screen_hangs_high_every_target_is_in_its_lower_half():
    async with kiosk((80, 24), settings={"low": True}) as one:
        async for page in one.walk():
            for tile in one.tiles():
                assert tile.region.y >= 12, (page, tile.tile.touch)


@pytest.mark.parametrize("start", LANGUAGES)
async def test_ax11_the_other_language_is_one_touch_away_on_every_page(start):
    other = next(language for language in LANGUAGES if language != start)
    async with kiosk(settings={"language": start}) as one:
        async for page in one.walk():
            if page in ("asking", "still_there"):
                continue
            await one.touch("language")
            assert text(other, "kiosk.help") in one.text(), page
            await one.touch("language")
            assert text(start, "kiosk.help") in one.text(), page


async def test_ax12_care_is_offered_without_proof_and_shows_nowhere_afterwards():
    device = Printer()
    seen = []
    for way in ("start", "care"):
        async with kiosk(**with_printer(device)) as one:
            one.link.answer_with(GIVEN)
            await one.touch(way)
            await one.touch("service:A")
            seen.append((one.text(), device.papers[-1], one.link.sent[-1].lanes))

    (ordinary, paper, _), (care, care_paper, lanes) = seen
    assert lanes == ("care",)
    assert (care, care_paper) == (ordinary, paper)


async def test_ax13_a_person_is_offered_on_every_page_even_where_nothing_else_works():
    async with kiosk() as one:
        async for page in one.walk():
            assert text("zh", "kiosk.help") in one.text(), page
        one.link.become("stale")
        await one.settle()

        assert text("zh", "screen.offline") in one.text()


async def test_ax14_without_paper_the_number_stays_thirty_seconds_is_spoken_and_can_be_scanned():
    device, voice = Printer(), Voice()
    device.answer = b"\x1a\x32\x72"
    async with kiosk(voice=voice, **with_printer(device)) as one:
        one.link.answer_with(GIVEN)
        await one.touch("speech")
        await one.touch("start")
        await one.touch("service:A")
        await one.wait(29)

        assert one.app.kiosk.step == "ticket"
        assert text("zh", "kiosk.your_number") in one.text()
        assert any("A 0 8 3" in said[0] for said in voice.read if said != "quiet")
        assert one.app.page().address == GIVEN.link
        assert text("zh", "kiosk.print") in one.text()
