"""Branches worth looking at, for the pages of the board and their screens."""

from server.domain.configuration import Remote
from shared import protocol as p
from shared.i18n import text
from tests.server.domain.story import MONDAY, Story, _default_branch, a_branch


def quiet():
    """Nine o'clock; nobody has come."""
    story = Story(_default_branch(), f"{MONDAY} 08:00")
    story.given(p.SignOnDuty, staff="li")
    story.at("09:00")
    return story


def busy():
    """Somebody waits in every lane, three counters work, something wants attention."""
    story = Story(_default_branch(), f"{MONDAY} 08:50")
    story.given(p.SignOnDuty, staff="li")
    story.open(1, 2, 3, 8)
    for n in range(9):
        story.take("AAFLW"[n % 5])
    story.take("A", "care", needs=("visual_call", "escort"))
    story.take("L", "vip")
    story.take("A", needs=("low_counter",), language="en")
    story.at("09:05")
    story.serve(1)
    story.serve(2)
    story.at("09:12")
    story.finish(1)
    story.serve(1)
    story.call(3)
    story.given(p.AskHelp, counter=1, kind="authorise")
    story.given(p.SetMachine, machine="M1", state="faulty")
    story.given(p.RequestHelp, by="kiosk", station="kiosk-1")
    story.given(p.PromoteTicket, visit="F002", reason="manager_decision")
    story.given(p.ReportPrinter, by="kiosk", station="kiosk-1", state="paper_low")
    words = {language: text(language, "board.message.busy") for language in ("zh", "en")}
    story.given(p.SendMessage, minutes=60, **words)
    story.at("09:26")
    story.take("A")
    return story


def booked(story, time, service="F", **fields):
    """An appointment of that branch, made at the kiosk."""
    held = story.given(
        p.HoldSlot,
        by="kiosk",
        station="kiosk-1",
        service=service,
        slot=story.moment(time),
        **fields,
    )[-1]
    story.given(p.BookAppointment, by="kiosk", station="kiosk-1", appointment=held.appointment)
    return held.appointment


def booked_hall():
    """Twenty-six past ten: one is to come, one is there, one is late, one has not come."""
    story = quiet()
    to_come = booked(story, "13:30", needs=("low_counter",), language="en")
    assert to_come == 1
    came, _late, _missing = (booked(story, time) for time in ("10:00", "10:15", "10:00"))
    story.at("10:02")
    story.given(p.CheckIn, appointment=came)
    story.at("10:26")
    return story


def off_the_line():
    """One ticket of each kind that is off the line, and one that stands back."""
    story = quiet()
    story.open(1, 2)
    for _ in range(6):
        story.take("A")
    story.serve(1)
    story.given(p.ParkTicket, counter=1, reason="form")
    story.call(2)
    story.miss(2)
    story.given(p.DivertToMachine, visit="A003", machine="M2")
    story.given(p.StepBack, visit="A006", places=2)
    story.call(1)
    return story


def somebody_on_the_way():
    """Four in the line of cash; the second and the third took their numbers before coming, and the
    second has come."""
    branch = a_branch(services={"A": {"remote": True}}, remote=Remote(share=1.0))
    story = Story(branch, f"{MONDAY} 08:00")
    story.given(p.SignOnDuty, staff="li")
    story.at("09:00")
    story.take("A")
    for _ in range(2):
        story.at("09:05")
        story.take("A")
        story.given(p.TakeRemoteTicket, by="visitor", service="A")
    story.at("09:20")
    story.given(p.CheckIn, visit="A003")
    return story


def full():
    """A morning of which every page has something to show."""
    story = quiet()
    booked(story, "10:15")
    booked(story, "13:30", needs=("low_counter",), language="en")
    came, _missing = booked(story, "10:00"), booked(story, "10:00")
    story.open(1, 2, 3, 8)
    for minute in range(0, 60, 2):
        story.at(f"09:{minute:02}")
        story.take("AAFLW"[minute % 5], language="en" if minute % 20 == 0 else "zh")
        if minute % 6 == 0 and story.counter(1).visit is None:
            story.serve(1)
        elif minute % 6 == 4 and story.counter(1).visit is not None:
            story.finish(1)
    story.take("A", "care", needs=("visual_call", "escort"))
    story.take("L", "vip")
    story.take("A", needs=("low_counter",))
    story.at("10:02")
    story.given(p.CheckIn, appointment=came)
    story.serve(2)
    story.given(p.ParkTicket, counter=2, reason="form")
    story.call(2)
    story.miss(2)
    story.call(3)
    first, second, third = [v for v in story.branch.waiting() if v.service == "A"][:3]
    story.given(p.DivertToMachine, visit=first.id, machine="M2")
    story.given(p.StepBack, visit=second.id, places=2)
    story.given(p.PromoteTicket, visit=third.id, reason="waited_too_long")
    story.given(p.PauseCounter, counter=8, reason="meal", by="operations_supervisor")
    story.given(p.SetMachine, machine="M1", state="faulty")
    story.given(p.RequestHelp, by="kiosk", station="kiosk-1")
    story.given(p.ReportPrinter, by="kiosk", station="kiosk-1", state="paper_low")
    story.given(p.TakeUpRequest, kind="question", service="L", by="lobby_manager:li")
    words = {language: text(language, "board.message.busy") for language in ("zh", "en")}
    story.given(p.SendMessage, minutes=60, **words)
    story.at("10:16")
    return story
