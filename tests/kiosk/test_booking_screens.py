"""The pages about appointments as they are seen, and by keys, touch, reader and ear."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shared.i18n import text
from shared.protocol import (
    Accepted,
    AppointmentFound,
    BookAppointment,
    CheckIn,
    FindAppointment,
    FindSlots,
    HoldSlot,
    Refused,
    ReleaseSlot,
    SlotsFound,
    SlotShown,
)
from tests.kiosk.one_kiosk import SIZES, kiosk
from tests.kiosk.test_app import Printer, with_printer
from tests.screens import assert_as_kept
from tests.server.domain.story import MONDAY

KEPT = Path(__file__).with_name("screens")
LINK = "https://lobby.example.com/a/abcdefghijklmnopqrstuv"
BOOKED = Accepted(id="x", seq=9, appointment=7, short_code="012345", link=LINK)
CAME = Accepted(id="x", seq=9, visit=1, number="Y001", people_ahead=2, link=LINK)


def times(story):
    """Every quarter of an hour of two weeks' mornings and afternoons."""
    days = (f"2026-11-{day}" for day in (16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 30))
    clock = [f"{hour:02}:{minute:02}" for hour in range(10, 17) for minute in (0, 15, 30, 45)]
    moments = [story.moment(f"{day} {time}") for day in days for time in clock]
    return SlotsFound(
        id="x", seq=1, service="F", slots=tuple(SlotShown(at=at, room=1) for at in moments)
    )


def meant(story, time="10:00"):
    at = story.moment(time)
    return AppointmentFound(id="x", seq=1, appointment=1, service="F", slot=at, state="booked")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_booking_and_checking_in_at_every_size(size, language):
    async with kiosk(size, settings={"language": language}) as one:
        ten = one.story.moment("10:00")

        def see(name):
            assert_as_kept(one.app, KEPT / f"booking-{name}-{size[0]}x{size[1]}-{language}.txt")

        alone = Refused(id="x", code="CodeNotKnown", text="…")
        one.link.reply_with(times(one.story), alone, meant(one.story))
        held = Accepted(id="x", seq=9, appointment=7, slot=ten)
        came = replace(CAME, appointment=7, slot=ten)
        one.link.answer_with(held, BOOKED, came)

        await one.touch("appointments")
        see("appointments")
        await one.touch("book")
        see("services")
        await one.touch("service:F")
        see("days")
        await one.touch(f"day:{MONDAY}")
        see("times")
        await one.touch(f"time:{ten}")
        see("kept")
        await one.touch("contact")
        see("privacy")
        await one.touch("phone")
        await one.press(*"13800138000")
        see("phone")
        await one.press("enter")
        await one.touch("mail")
        await one.press(*"wang@example.com")
        see("mail")
        await one.press("enter")
        await one.touch("back")
        await one.touch("yes")
        see("booked")
        await one.touch("done")
        await one.touch("appointments")
        await one.touch("check_in")
        await one.touch("key:1")
        see("code")
        await one.press("backspace", *"012345")
        see("digits")
        await one.press(*"8000")
        see("ticket")

        sent = [type(command) for command in one.link.sent]
        assert sent == [HoldSlot, BookAppointment, CheckIn]
        asked = [type(query) for query in one.link.requests]
        assert asked == [FindSlots, FindAppointment, FindAppointment]
        assert one.link.sent[1].phone == "13800138000"
        assert one.link.sent[1].mail == "wang@example.com"
        assert (one.link.sent[2].code, one.link.sent[2].digits) == ("012345", "8000")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_other_pages_and_large_letters_at_the_smallest_size(language):
    async with kiosk(settings={"language": language}) as one:

        def see(name):
            assert_as_kept(one.app, KEPT / f"booking-{name}-80x24-{language}.txt")

        async def code_typed():
            await one.press(*"012345")

        ten, near = one.story.moment("10:00"), one.story.moment("10:15")
        early = {"booked_at": ten, "from_at": ten - 3_600_000}
        taken = {"nearest_at": [near]}
        one.link.reply_with(
            Refused(id="x", code="CodeNotKnown", text=text("zh", "refusal.CodeNotKnown")),
            meant(one.story),
            meant(one.story),
            times(one.story),
        )
        one.link.answer_with(
            Refused(id="x", code="TooEarlyToCheckIn", text="…", values=early),
            Refused(id="x", code="SlotTaken", text="…", values=taken),
        )

        await one.touch("appointments")
        await one.touch("check_in")
        await code_typed()
        await one.touch("none")
        see("code-wrong")
        await code_typed()
        see("too-early")
        await one.touch("back")
        await one.touch("book")
        await one.touch("wishes")
        await one.touch("wish:en")
        see("wishes")
        await one.touch("back")
        await one.touch("back")
        await one.touch("change")
        await code_typed()
        see("yours")
        await one.touch("cancel")
        see("cancel-sure")
        await one.touch("back")
        await one.touch("move")
        await one.touch("large")
        see("large-days")
        await one.touch(f"day:{MONDAY}")
        see("large-times")
        await one.touch(f"time:{ten}")
        see("large-taken")
        await one.touch("large")
        see("taken")
        await one.wait(60)
        await one.touch("appointments")
        await one.touch("check_in")
        await one.touch("large")
        await one.press(*"0123")
        see("large-code")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_where_numbers_are_taken_before_coming_a_code_alone_checks_them_in(language):
    async with kiosk(settings={"language": language}) as one:

        def see(name):
            assert_as_kept(one.app, KEPT / f"remote-{name}-80x24-{language}.txt")

        found = AppointmentFound(id="x", seq=1, visit=1, service="A", slot=0, state="booked")
        one.link.reply_with(found)
        one.link.answer_with(replace(CAME, number="A001"))
        one.link.push(replace(one.story.kiosk, remote=True))
        await one.settle()

        see("welcome")
        await one.touch("appointments")
        see("appointments")
        await one.touch("check_in")
        see("code")
        await one.touch("large")
        see("large-code")
        await one.touch("back")
        see("large-appointments")
        await one.touch("check_in")
        await one.press(*"012345")

        assert (one.link.sent[0].code, one.link.sent[0].digits) == ("012345", "")
        assert "A001" in str(one.app.page())


async def test_a_reader_types_the_code_and_nothing_of_it_is_taken_for_keys():
    async with kiosk() as one:
        one.link.reply_with(meant(one.story))
        one.link.answer_with(CAME)

        await one.press(*("slash" if c == "/" else "colon" if c == ":" else c for c in LINK))
        await one.press("enter")

        assert one.link.requests[0].link == "abcdefghijklmnopqrstuv"
        assert "Y001" in str(one.app.page())


async def marked(one, word):
    """Go to that tile by the arrow, as whoever has nothing else does."""
    for _ in range(20):
        if one.app.screen.focused.tile.touch == word:
            return
        await one.press("down")
    raise AssertionError(word)


async def test_booking_takes_five_keys_and_is_read_aloud():
    heard = []

    class Voice:
        def say(self, sentences, _language, *, loud):
            heard.extend(sentences)

        def stop(self):
            pass

    async with kiosk(settings={"language": "en"}, voice=Voice()) as one:
        one.link.reply_with(times(one.story))
        one.link.answer_with(Accepted(id="x", seq=9, appointment=7), BOOKED)
        for word in ("speech", "appointments", "book"):
            await marked(one, word)
            await one.press("enter")

        await one.press("enter", "enter", "enter", "enter")  # service, day, time, yes

        assert [type(command) for command in one.link.sent] == [HoldSlot, BookAppointment]
        assert text("en", "kiosk.booked") in heard
        assert "0 1 2 3 4 5" in heard


async def test_whoever_walks_away_leaves_nothing_and_the_time_is_free_again():
    async with kiosk() as one:
        one.link.reply_with(times(one.story))
        ten = one.story.moment("10:00")
        one.link.answer_with(Accepted(id="x", seq=9, appointment=7, slot=ten))
        await one.touch("appointments")
        await one.touch("book")
        await one.touch("service:F")
        await one.touch(f"day:{MONDAY}")
        await one.touch(f"time:{ten}")
        await one.touch("contact")
        await one.touch("phone")
        await one.press(*"13800138000")

        await one.wait(30)
        asked = one.text()
        await one.wait(20)

        assert text("zh", "kiosk.still_there") in asked
        assert isinstance(one.link.sent[-1], ReleaseSlot)
        assert one.link.sent[-1].appointment == 7
        assert one.app.kiosk.errand.typed == one.app.kiosk.errand.phone == ""
        assert text("zh", "kiosk.start") in one.text()


async def test_a_refusal_is_in_the_language_of_whoever_reads_it():
    async with kiosk() as one:
        zh = text("zh", "refusal.CodeNotKnown")
        wrong = Refused(id="x", code="CodeNotKnown", text=zh)
        one.link.reply_with(wrong, wrong)

        await one.touch("language")
        await one.touch("appointments")
        await one.touch("check_in")
        await one.press(*"012345")
        await one.press(*"8000")

        said = text("en", "refusal.CodeNotKnown")
        assert said in one.app.page().heading


async def test_a_booking_is_put_on_paper_and_again_when_that_is_asked_for():
    device = Printer()
    async with kiosk(**with_printer(device)) as one:
        ten = one.story.moment("10:00")
        one.link.reply_with(times(one.story))
        one.link.answer_with(Accepted(id="x", seq=9, appointment=7, slot=ten), BOOKED)
        for word in ("appointments", "book", "service:F", f"day:{MONDAY}", f"time:{ten}", "yes"):
            await one.touch(word)
        await one.touch("print")

        assert len(device.papers) == 2
        assert "012345" in device.papers[0]
        assert f"{MONDAY} 10:00" in device.papers[1]
