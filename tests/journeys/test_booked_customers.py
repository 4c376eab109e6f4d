"""Whoever has booked: early, in time, late, very late, missed, moved, cancelled, walked in.

One morning at one real kiosk, with one real counter behind it. What each of them is owed is told in
tests/server/domain/test_appointments.py.
"""

from shared import protocol as p
from shared.i18n import text
from tests.journeys.desk import desk
from tests.journeys.hall import hall
from tests.journeys.screen import kiosk_app


async def test_booked_customers(tmp_path):
    async with hall("2026-11-16T08:50", tmp_path) as lobby, kiosk_app(lobby) as kiosk:
        await lobby.manager.do(p.SignOnDuty, staff="manager")

        # One books at the screen; the others have booked elsewhere.
        await kiosk.touch("appointments")
        await kiosk.touch("book")
        await kiosk.touch("service:F")
        await kiosk.step("days")
        await kiosk.touch("day:2026-11-16")
        await kiosk.touch(f"time:{lobby.moment('10:00')}")
        await kiosk.step("kept")
        await kiosk.touch("yes")
        await kiosk.step("booked")
        early = kiosk.app.kiosk.errand.booked.code
        assert early in kiosk.app.page().big
        await kiosk.touch("done")
        booked = {}
        for name, time, phone in [
            ("in time", "10:00", ""),
            ("late", "10:15", "13800138000"),
            ("very late", "10:15", ""),
            ("missed", "10:15", ""),
            ("moved", "10:30", ""),
            ("cancelled", "10:30", ""),
            ("walks in", "13:30", ""),
        ]:
            service = "L" if name in ("missed", "very late") else "F"
            at = {"missed": "10:30", "very late": "11:00"}.get(name, time)
            booked[name] = await lobby.kiosk.book(service, at, phone=phone)
        code = {name: answer.short_code for name, answer in booked.items()}
        shown = lobby.assistant.view.appointments
        assert [one.status for one in shown] == ["expected"] * 8

        # Moved and cancelled by their codes.
        await kiosk.touch("appointments")
        await kiosk.touch("change")
        await kiosk.prove(code["moved"])
        await kiosk.touch("move")
        await kiosk.touch("day:2026-11-16")
        await kiosk.touch(f"time:{lobby.moment('11:15')}")
        await kiosk.step("booked")
        await kiosk.touch("done")
        await kiosk.touch("appointments")
        await kiosk.touch("change")
        await kiosk.prove(code["cancelled"])
        await kiosk.touch("cancel")
        await kiosk.step("cancel_sure")
        await kiosk.touch("yes")
        await kiosk.shows(text("zh", "kiosk.cancelled"))
        await kiosk.touch("back")
        await kiosk.touch("back")
        await lobby.settled()
        slots = {one.id: one.slot for one in lobby.assistant.view.appointments}
        assert slots[booked["moved"].appointment] == lobby.moment("11:15")
        assert booked["cancelled"].appointment not in slots

        # Too early for a time after lunch: she would rather wait now, as everybody does.
        await lobby.at("09:20")
        await kiosk.touch("appointments")
        await kiosk.touch("check_in")
        await kiosk.prove(code["walks in"])
        await kiosk.step("too_early")
        await kiosk.touch("walk_in")
        await kiosk.step("ticket")
        walked_in = kiosk.app.kiosk.ticket
        await kiosk.touch("done")
        assert (walked_in.number, walked_in.came) == ("F001", None)
        await lobby.assistant.do(p.LeaveLine, visit=walked_in.visit)

        # Early, accepted; in time; late within the grace, with the rights of the booked.
        await lobby.at("09:40")
        came = await kiosk.checks_in(early)
        assert (came.number, came.came.kind, came.came.minutes) == ("Y001", "early", 20)
        await lobby.at("10:00")
        assert (await kiosk.checks_in(code["in time"])).came.kind == "on_time"
        await lobby.at("10:23")
        came = await kiosk.checks_in(code["late"], "8000")
        assert (came.number, came.came.kind, came.came.minutes) == ("Y003", "grace", 8)

        # A code that nobody has is typed again, not punished.
        await kiosk.touch("appointments")
        await kiosk.touch("check_in")
        await kiosk.prove("999999")
        await kiosk.step("digits")
        await kiosk.touch("none")
        await kiosk.step("code")
        assert kiosk.app.page().heading == text("zh", "refusal.CodeNotKnown")
        await kiosk.touch("back")
        await kiosk.touch("back")

        # The teller at a real counter is called upon by the same rule, and sees the list.
        async with desk(lobby.address, tmp_path, counter=5, language="zh") as teller:
            await teller.sign_in()
            await teller.knows(lobby.clock.now_ms())
            await teller.press("f2", "f2")
            assert teller.in_hand().number.startswith("Y")
            assert teller.says("counter.booked_at", time="10:00")
            assert text("zh", "appointment_status.arrived") in str(list(_said(teller)))

        # Missed after a quarter of an hour, and never refused.
        await lobby.at("10:46")
        status = {one.id: one.status for one in lobby.assistant.view.appointments}
        assert status[booked["missed"].appointment] == "missing"
        came = await kiosk.checks_in(code["missed"])
        assert (came.number, came.came.kind, came.came.minutes) == ("L001", "late", 16)

        # Very late: a walk-in, told so. Staff check in whoever has no code with them.
        await lobby.at("11:12")
        came = await kiosk.checks_in(code["very late"])
        assert (came.number, came.came.kind, came.came.minutes) == ("L002", "late", 12)
        await lobby.at("11:15")
        mine = {"appointment": booked["moved"].appointment}
        assert (await lobby.assistant.do(p.CheckIn, **mine)).number == "Y004"
        assert "expected" not in {one.status for one in lobby.assistant.view.appointments}


def _said(teller):
    """The desk in words, as its reader has it."""
    from counter import words

    app = teller.app
    return words.desk(app.view, app.speaker, app.now, app.local)
