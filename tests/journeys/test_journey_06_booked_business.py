"""A day to live through, 6: a booked business account.

Booked at the kiosk, confirmed and looked at by its link, moved, eight minutes late with all rights;
papers are missing, the list is on paper, and a new time is booked at the counter. (Reminders have
tests of their own.)
"""

from shared import protocol as p
from shared.i18n import text
from shared.printing.printer import PrinterAtWork
from tests.journeys.desk import desk
from tests.journeys.hall import PUBLIC_URL, hall
from tests.journeys.people import BookedPhone
from tests.journeys.screen import kiosk_app
from tests.kiosk.test_app import Printer

TOMORROW = "2026-11-17"


async def test_a_booked_business_account(tmp_path):
    async with hall("2026-11-16T10:00", tmp_path) as lobby, kiosk_app(lobby) as kiosk:
        await lobby.manager.do(p.SignOnDuty, staff="manager")

        # She books at the kiosk, and leaves her number for the reminder: after the notice.
        await kiosk.touch("appointments")
        await kiosk.touch("book")
        await kiosk.touch("service:Q")
        await kiosk.touch(f"day:{TOMORROW}")
        await kiosk.touch(f"time:{lobby.moment(f'{TOMORROW}T10:00')}")
        await kiosk.touch("contact")
        await kiosk.step("privacy")
        assert kiosk.app.page().heading == text("zh", "screen.privacy")
        await kiosk.touch("phone")
        await kiosk.step("phone")
        await kiosk.press(*"13800138000", "enter")
        await kiosk.step("privacy")
        await kiosk.touch("back")
        await kiosk.touch("yes")
        await kiosk.step("booked")
        booked = kiosk.app.kiosk.errand.booked
        assert booked.link.startswith(f"{PUBLIC_URL}/a/")
        assert "13800138000" not in kiosk.text()
        await kiosk.touch("done")

        # Her link shows it on her phone, and says that she will come.
        secret = booked.link.rpartition("/")[2]
        hello = p.Hello(version=p.VERSION, appointment_link=secret, language="zh")
        link = await lobby._connected(hello, {})
        phone = await lobby._arrived(BookedPhone(lobby, link, booked.appointment))
        assert phone.view.service_name.zh == "对公业务"
        await phone.do(p.ConfirmAppointment)

        # She moves it at the kiosk, by the code and the last digits of her number.
        await kiosk.touch("appointments")
        await kiosk.touch("change")
        await kiosk.prove(booked.code, "8000")
        await kiosk.touch("move")
        await kiosk.touch(f"day:{TOMORROW}")
        await kiosk.touch(f"time:{lobby.moment(f'{TOMORROW}T11:00')}")
        await kiosk.step("booked")
        await kiosk.touch("done")
        await lobby.settled()
        assert (phone.view.slot, phone.view.sequence) == (lobby.moment(f"{TOMORROW}T11:00"), 1)

        # The next day she is eight minutes late, and keeps her rights.
        await lobby.at(f"{TOMORROW}T11:08")
        came = await kiosk.checks_in(booked.code, "8000")
        assert (came.number, came.came.kind, came.came.minutes) == ("Y001", "grace", 8)
        device = Printer()
        at_work = PrinterAtWork(device, now=lambda: 0.0)
        async with desk(
            lobby.address, tmp_path, counter=6, language="zh", printer=at_work
        ) as teller:
            await teller.sign_in()
            await teller.knows(lobby.clock.now_ms())
            await teller.press("f2", "f2", "f4")
            assert teller.in_hand().number == "Y001"
            assert teller.says("counter.booked_at", time="11:00")
            assert "appointment" in teller.in_hand().lanes

            # Papers are missing: the list is on paper.
            await teller.press("o", "2", "1", "enter")
            await teller.until(lambda: device.papers)
            assert "\u8bc1\u7167" in device.papers[0]  # the licence, which was ticked

            # A new time, booked where she stands, without her name, a note or a mail address.
            await teller.press("d", "1")
            assert teller.says("counter.ask.book_service")
            offered = [option.word for option in teller.app.desk.question.options]
            await teller.press(str(offered.index("Q") + 1), "enter")
            await teller.until(lambda: teller.app.desk.question is not None)
            await teller.press("1", "1", "enter", "enter")
            await teller.until(lambda: len(device.papers) == 2)
            assert text("zh", "paper.appointment") in device.papers[1]

        await lobby.settled()
        assert lobby.kiosk.service("Q").waiting == 0
