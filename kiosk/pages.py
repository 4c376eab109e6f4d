"""What the kiosk shows for each state: words, tiles, a number, an address. Pure.

A page is what is drawn, what is spoken and what tests read. Those about appointments are in
`booking_pages`; where things go on the screen is left to `screen`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kiosk.page import (
    HELP,
    Equipment,
    Local,
    Page,
    Speaker,
    Tile,
    bar,
    check_in,
    chosen_or_not,
    turning,
)
from kiosk.state import BOOKING_STEPS, NEEDS, Kiosk, Ticket, service_of
from shared.addresses import short_address, spaced
from shared.protocol import KioskView, ServiceShown, Words
from shared.waits import told


def page_of(
    kiosk: Kiosk, view: KioskView | None, local: Local, has: Equipment, now: int = 0
) -> Page:
    """The page of this state; `now` (ms) for what is counted down."""
    return _as_equipped(_page_of(kiosk, view, local, has, now), has)


def _as_equipped(page: Page, has: Equipment) -> Page:
    bar = tuple(tile for tile in page.bar if has.voice or tile.touch != "speech")
    return replace(page, bar=bar)


def _page_of(kiosk: Kiosk, view: KioskView | None, local: Local, has: Equipment, now: int) -> Page:
    say = Speaker(kiosk.choices.language)
    if view is None:
        return Page(name="starting", heading=say("link.state.connecting"), bar=bar(kiosk, say))
    if kiosk.step in ("welcome", "services") and _all_closed(view):
        return _closed(kiosk, view, say, local)
    if kiosk.step in BOOKING_STEPS:
        from kiosk import booking_pages  # most customers have no appointment

        return booking_pages.page_of(kiosk, view, has, now)
    match kiosk.step:
        case "welcome":
            return _welcome(kiosk, view, say)
        case "services":
            return _services(kiosk, view, say, local)
        case "needs":
            return _needs(kiosk, say)
        case "confirm":
            return _confirm(kiosk, view, say)
        case "asking":
            return Page(name="asking", heading=say("kiosk.asking"), bar=bar(kiosk, say))
        case "ticket":
            assert kiosk.ticket is not None, "this step has one"
            return _ticket(kiosk, kiosk.ticket, view, say, local, has)
        case "told":
            return _told(kiosk, view, say, local)
        case _:
            raise AssertionError(kiosk.step)


def offline(kiosk: Kiosk) -> Page:
    """What is shown while the server is away: nothing that could have changed meanwhile."""
    say = Speaker(kiosk.choices.language)
    lines = (say("kiosk.kept_asking"),) if kiosk.step == "asking" else ()
    # Not the bar: nothing of it reaches anybody now, and the sentence says where to go.
    return Page(name="offline", heading=say("screen.offline"), lines=lines)


def still_there(kiosk: Kiosk, seconds: int, has: Equipment) -> Page:
    """Before everything is forgotten."""
    say = Speaker(kiosk.choices.language)
    page = Page(
        name="still_there",
        heading=say("kiosk.still_there"),
        lines=(say("kiosk.forgets_in", seconds=seconds),),
        tiles=(Tile("stay", say("kiosk.stay"), kind="main"),),
        bar=bar(kiosk, say),
    )
    return _as_equipped(page, has)


def sentences(page: Page) -> Iterator[str]:
    """The page as it is read aloud, in the order of the screen."""
    yield page.heading
    if page.big:
        yield " ".join(page.big)
    if page.also:
        yield page.also
    yield from page.lines
    if page.caption:
        yield page.caption
    # Nobody wants every key of a keypad read before typing: each is read when it is marked.
    for tile in (*(() if page.pad else page.tiles), *page.keys):
        yield from (tile.label, *tile.lines)
    if page.foot:
        yield page.foot


# --- Pages -----------------------------------------------------------------------------------


def _welcome(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    return Page(
        name="welcome",
        heading=say("kiosk.welcome", name=say.name(view.name)),
        lines=tuple(_messages(view, say)),
        tiles=(
            Tile("start", say("kiosk.start"), (say("kiosk.start_more"),), "main"),
            Tile("care", say("kiosk.care"), (say("kiosk.care_more"),), "care"),
            *_appointments(view, say),
            Tile(HELP, say("kiosk.unsure"), (say("kiosk.unsure_more"),)),
        ),
        turning=turning(say),
        bar=bar(kiosk, say),
        foot=say("screen.calling_order"),
        scans=_checks_in(view),
    )


def _appointments(view: KioskView, say: Speaker) -> tuple[Tile, ...]:
    """Only where something can be booked, or a number be taken before coming."""
    if view.booking is None:
        return (check_in(view, say),) if view.remote else ()
    label = say("kiosk.appointments_remote" if view.remote else "kiosk.appointments")
    return (Tile("appointments", label, (say("kiosk.appointments_more"),)),)


def _checks_in(view: KioskView) -> bool:
    return view.booking is not None or view.remote


def _services(kiosk: Kiosk, view: KioskView, say: Speaker, local: Local) -> Page:
    needs = _needs_key(kiosk, say)
    return Page(
        name="services",
        heading=say("kiosk.services.care" if kiosk.choices.care else "kiosk.services.all"),
        tiles=tuple(
            _service(one, view, say, local, care=kiosk.choices.care) for one in view.services
        ),
        turning=turning(say),
        keys=(Tile("back", say("kiosk.back")), *needs),
        bar=bar(kiosk, say),
    )


def _service(one: ServiceShown, view: KioskView, say: Speaker, local: Local, *, care: bool) -> Tile:
    if one.only_booked:
        papers = (say("kiosk.bring", papers=say.all(one.bring)),) if one.bring else ()
        return Tile(f"service:{one.id}", say.name(one.name), (say("kiosk.only_booked"), *papers))
    if one.status != "open":
        state = say(f"service_status.{one.status}")
        times = (say("kiosk.next", time=local(at)),) if (at := _numbers_from(one)) else ()
        return Tile(f"service:{one.id}", say.name(one.name), (state, *times), "closed")
    now = [say("kiosk.waiting", n=one.waiting)]
    if wait := told(say.language, one.care_wait if care else one.wait):
        now.append(wait)
    if one.machine is not None and any(m.state == "working" for m in view.machines):
        now.append(say("kiosk.machine", what=say.name(one.machine)))
    papers = (say("kiosk.bring", papers=say.all(one.bring)),) if one.bring else ()
    return Tile(f"service:{one.id}", say.name(one.name), (" · ".join(now), *papers), "main")


def _needs(kiosk: Kiosk, say: Speaker) -> Page:
    tiles = []
    for need in NEEDS:
        chosen = need in kiosk.choices.needs
        mark = say("kiosk.chosen") if chosen else say("kiosk.not_chosen")
        tiles.append(
            Tile(f"need:{need}", say(f"kiosk.need.{need}"), (mark,), chosen_or_not(chosen))
        )
    return Page(
        name="needs",
        heading=say("kiosk.needs_heading"),
        lines=(say("kiosk.needs_note"),),
        tiles=tuple(tiles),
        turning=turning(say),
        keys=(Tile("back", say("kiosk.needs_done"), kind="main"),),
        bar=bar(kiosk, say),
    )


def _confirm(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    service = service_of(view, kiosk.service)
    name = say.name(service.name) if service else ""
    waiting = service.waiting if service else 0
    return Page(
        name="confirm",
        heading=say("kiosk.confirm", service=name, n=waiting),
        lines=(say("kiosk.confirm_note"),),
        tiles=(
            Tile("yes", say("kiosk.yes"), kind="main"),
            Tile("back", say("kiosk.no")),
        ),
        bar=bar(kiosk, say),
    )


def _ticket(
    kiosk: Kiosk, ticket: Ticket, view: KioskView, say: Speaker, local: Local, has: Equipment
) -> Page:
    service = service_of(view, ticket.service)
    name = say.name(service.name) if service else ""
    lines = [f"{name}  {say('paper.taken', time=local(ticket.at))}", say("kiosk.what_next")]
    lines[1:1] = [*_came(ticket, say, local), *_wait(ticket, say, local)]
    otherwise = _without_camera(ticket, say)
    if otherwise:
        lines.append(otherwise)
    # The last, since a low screen may have no room for all of it: it was to be read before.
    if service is not None and service.bring:
        lines.append(say("kiosk.bring", papers=say.all(service.bring)))
    reprint = (Tile("print", say("kiosk.print")),) if has.printer else ()
    return Page(
        name="ticket",
        heading=say("kiosk.your_number"),
        big=ticket.number,
        also=_ahead(ticket, say),
        also_short=_in_short(ticket, say),
        lines=tuple(lines),
        address=ticket.link,
        caption=say("kiosk.scan") if ticket.link else "",
        otherwise=otherwise,
        turning=(Tile("previous", say("kiosk.to_number")), Tile("next", say("kiosk.to_code"))),
        # The first is the one that is marked: whoever presses once more wants to go on, not paper.
        keys=(Tile("done", say("kiosk.done"), kind="main"), *reprint),
        bar=bar(kiosk, say),
        foot=say("screen.ticket_foot"),
    )


def _without_camera(ticket: Ticket, say: Speaker) -> str:
    if not (ticket.link and ticket.short_code):
        return ""
    address, code = short_address(ticket.link), spaced(ticket.short_code)
    return say("kiosk.no_camera", address=address, number=ticket.number, code=code)


def _ahead(ticket: Ticket, say: Speaker, *, short: bool = False) -> str:
    ending = "_short" if short else ""
    match ticket.ahead:
        case None:
            return ""
        case 0:
            return say(f"kiosk.first{ending}")
        case n:
            return say(f"kiosk.ahead{ending}", n=n)


def _in_short(ticket: Ticket, say: Speaker) -> str:
    """Whoever is not a booked customer any more has to know it, also in few, large words."""
    if ticket.came is not None and ticket.came.kind == "late":
        return say("kiosk.came_short.late")
    return _ahead(ticket, say, short=True)


def _came(ticket: Ticket, say: Speaker, local: Local) -> list[str]:
    """What being early or late means for a booked customer."""
    came = ticket.came
    if came is None:
        return []
    if came.kind == "late":
        return [say("screen.late_for_appointment", minutes=came.minutes)]
    return [say(f"kiosk.came.{came.kind}", minutes=came.minutes, time=local(came.at))]


def _wait(ticket: Ticket, say: Speaker, local: Local) -> list[str]:
    """How long it will take, and the time that is promised; nothing where too little is known."""
    if ticket.wait is None:
        return []
    until = ticket.wait.until
    promise = say("wait.until", time=local(until)) if until else ""
    return ["  ".join(filter(None, (told(say.language, ticket.wait), promise)))]


def _told(kiosk: Kiosk, view: KioskView, say: Speaker, local: Local) -> Page:
    values: dict[str, object] = dict(kiosk.told_values)
    service = service_of(view, str(values.get("service", "")))
    if service is not None:
        values["service"] = say.name(service.name)
        values["time"] = local(at) if (at := _numbers_from(service)) else ""
    # Also when nobody could be called: a complaint has a way beside this branch.
    phone = view.complaint_phone if values.get("wanted") == "complaint" else ""
    heading = say(kiosk.told, **values)
    call = say("kiosk.complaint_phone", phone=phone) if phone else ""
    return Page(
        name="told",
        # Drawn large there is room for the number alone: what it is stands above it.
        heading=f"{heading} {call}" if call and kiosk.choices.large else heading,
        also=call,
        also_short=phone,
        keys=(Tile("back", say("kiosk.understood"), kind="main"),),
        bar=bar(kiosk, say),
    )


def _closed(kiosk: Kiosk, view: KioskView, say: Speaker, local: Local) -> Page:
    given = [at for one in view.services if (at := _numbers_from(one)) is not None]
    lines = [say("kiosk.closed.next", time=local(min(given)))] if given else []
    return Page(
        name="closed",
        heading=say("kiosk.closed.all", name=say.name(view.name)),
        lines=(*lines, *_messages(view, say)),
        tiles=_appointments(view, say),
        bar=bar(kiosk, say),
        scans=_checks_in(view),
    )


def _numbers_from(one: ServiceShown) -> int | None:
    """From when on there are numbers for a service that has none now, as far as that is known."""
    return one.tickets_from if one.status == "too_early" else one.next_from


def _all_closed(view: KioskView) -> bool:
    return view.day is None or all(one.status != "open" for one in view.services)


def _messages(view: KioskView, say: Speaker) -> Iterator[str]:
    for message in view.messages:
        yield say.name(Words(zh=message.zh, en=message.en))


def _needs_key(kiosk: Kiosk, say: Speaker) -> tuple[Tile, ...]:
    chosen = len(kiosk.choices.needs)
    label = say("kiosk.needs_chosen", n=chosen) if chosen else say("kiosk.needs")
    return (Tile("needs", label, kind="chosen" if chosen else "plain"),)
