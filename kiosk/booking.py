"""Appointments at the kiosk: checking in, booking, moving and cancelling, touch by touch. Pure.

    kiosk, effects = touched(kiosk, "key", "5", view)

Whose appointment it is, is proved by its code (with the last digits of the telephone number where
one was left) or by its QR code. The code alone is tried first: it is enough where no number was
left, and for a ticket that was taken before coming. Which times are free, and what becomes of an
order, is decided by the server; here its answers become the next page. What is shown is left to
`booking_pages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from kiosk.entry import ENTRIES, is_whole, secret_of, typed
from kiosk.state import (
    MINUTE_MS,
    Ask,
    Booked,
    Errand,
    Kiosk,
    Next,
    Order,
    PrintBooking,
    Step,
    fresh,
    service_of,
    tell,
)
from shared.free_times import free_at
from shared.mail_addresses import is_mail
from shared.protocol import (
    Accepted,
    AppointmentFound,
    BookAppointment,
    CancelAppointment,
    CheckIn,
    FindAppointment,
    FindSlots,
    HoldSlot,
    KioskView,
    Language,
    MoveAppointment,
    Refused,
    ReleaseSlot,
    SlotsFound,
)

if TYPE_CHECKING:
    from shared.protocol import HouseReply, Reply

DAYS: Final = 31
"""So many days are looked through at a time."""

SPEAKS: Final[dict[str, Language]] = {"zh": "zh", "en": "en"}

BACK: Final[dict[Step, Step]] = {
    "code": "appointments",
    "digits": "code",
    "too_early": "appointments",
    "yours": "appointments",
    "cancel_sure": "yours",
    "book_service": "appointments",
    "wishes": "book_service",
    "times": "days",
    "taken": "times",
    "amount": "kept",
    "privacy": "kept",
    "phone": "privacy",
    "name": "privacy",
    "mail": "privacy",
}
"""Where *back* leads; from the others, home."""

HOLDING: Final = frozenset({"kept", "amount", "privacy", "phone", "name", "mail"})
"""The pages on which a time is kept for this customer."""


def touched(kiosk: Kiosk, word: str, value: str, view: KioskView | None) -> Next:
    """What a touch on a page about appointments does."""
    match kiosk.step, word:
        case _, "back":
            return _back(kiosk)
        case "services", "service":
            return _look(replace(kiosk, errand=Errand(kind="book", service=value)))
        case _, "key" if kiosk.step in ENTRIES:
            return _typed(kiosk, value)
        case _, "ok" if kiosk.step in ENTRIES:
            return _entered(kiosk)
        case "appointments" | "code" | "digits", "scan":
            return _scanned(kiosk, value)
        case "appointments", "check_in" | "change":
            return _go(kiosk, "code", Errand(kind="check_in" if word == "check_in" else "change"))
        case "appointments", "book":
            return _go(kiosk, "book_service", Errand(kind="book"))
        case "digits", "none":
            return _again(kiosk, wrong="refusal.CodeNotKnown"), ()
        case "too_early", "walk_in":
            return _check_in(kiosk, walk_in=True)
        case "yours", "move":
            return _look(kiosk)
        case "yours", "cancel":
            return replace(kiosk, step="cancel_sure"), ()
        case "cancel_sure", "yes":
            return _order(kiosk, CancelAppointment, **_proof(kiosk.errand))
        case "book_service", "service":
            return _service_chosen(kiosk, value, view)
        case "book_service", "wishes":
            return replace(kiosk, step="wishes", page=0), ()
        case "wishes", "wish":
            return _wished(kiosk, value), ()
        case "days", "day" if any(one.day == value for one in kiosk.errand.free):
            return _go(kiosk, "times", replace(kiosk.errand, day=value))
        case "days", "later":
            return _look(kiosk, later=True)
        case "times" | "taken", "time":
            return _time_chosen(kiosk, value)
        case "kept", "contact":
            return _go(kiosk, "privacy", kiosk.errand)
        case "kept", "amount":
            return _go(kiosk, "amount", replace(kiosk.errand, typed=kiosk.errand.amount))
        case "privacy", "phone":
            return _go(kiosk, "phone", replace(kiosk.errand, typed=kiosk.errand.phone))
        case "privacy", "name":
            return _go(kiosk, "name", replace(kiosk.errand, typed=kiosk.errand.name))
        case "privacy", "mail":
            return _go(kiosk, "mail", replace(kiosk.errand, typed=kiosk.errand.mail))
        case "kept", "yes":
            return _book(kiosk)
        case "booked", "print" if kiosk.errand.booked is not None:
            return kiosk, (PrintBooking(kiosk.errand.booked, kiosk.choices),)
        case "booked", "done":
            return fresh(kiosk.home), ()
        case _:
            return kiosk, ()


def _back(kiosk: Kiosk) -> Next:
    """To the page before; a time that was kept is given back."""
    if kiosk.step == "working":
        return kiosk, ()  # the server has been asked: there is no way back
    if kiosk.step == "days" and kiosk.errand.kind == "change":
        return _go(kiosk, "yours", replace(kiosk.errand, free=()))
    if kiosk.step == "days":
        return _go(kiosk, "book_service", replace(kiosk.errand, free=()))
    if kiosk.step == "kept":
        errand = replace(kiosk.errand, held=0, chosen=None)
        return replace(kiosk, step="times", page=0, errand=errand), let_go(kiosk)
    step = BACK.get(kiosk.step)
    if step is None:
        return fresh(kiosk.home), ()
    errand = Errand() if step == "appointments" else replace(kiosk.errand, typed="", wrong="")
    return _go(kiosk, step, errand)


def let_go(kiosk: Kiosk) -> tuple[Order, ...]:
    """Give the time back that is kept for whoever leaves."""
    held = kiosk.errand.held
    return (Order(ReleaseSlot, {"appointment": held}),) if held else ()


def kept_too_long(kiosk: Kiosk, now: int) -> Kiosk:
    """When its minutes are over a time is free for others, and its customer is told so."""
    errand = kiosk.errand
    if kiosk.step not in HOLDING or not errand.held or now < errand.held_until:
        return kiosk
    gone = replace(kiosk, errand=replace(errand, held=0, chosen=None))
    return tell(gone, "refusal.HoldOver", "book_service")


# --- Touches ---------------------------------------------------------------------------------


def _go(kiosk: Kiosk, step: Step, errand: Errand) -> Next:
    return replace(kiosk, step=step, page=0, errand=errand), ()


def _typed(kiosk: Kiosk, key: str) -> Next:
    errand = kiosk.errand
    line = typed(kiosk.step, errand.typed, key)
    kiosk = replace(kiosk, errand=replace(errand, typed=line, wrong="", told=""))
    return _entered(kiosk) if line != errand.typed and is_whole(kiosk.step, line) else (kiosk, ())


def _entered(kiosk: Kiosk) -> Next:
    errand, line = kiosk.errand, kiosk.errand.typed.strip()
    match kiosk.step:
        case "code" | "digits" if not is_whole(kiosk.step, line):
            wrong = f"kiosk.short.{kiosk.step}"
            return replace(kiosk, errand=replace(errand, wrong=wrong, told="")), ()
        case "code":
            return _find(replace(kiosk, errand=replace(errand, code=line)), digits="")
        case "digits":
            return _find(kiosk, digits=line)
        case "amount":
            return _go(kiosk, "kept", replace(errand, amount=line.lstrip("0"), typed=""))
        case "phone":
            return _go(kiosk, "privacy", replace(errand, phone=line, typed="", wrong="", told=""))
        case "mail" if line and not is_mail(line):
            return replace(kiosk, errand=replace(errand, wrong="refusal.MailNotValid", told="")), ()
        case "mail":
            return _go(kiosk, "privacy", replace(errand, mail=line, typed="", wrong="", told=""))
        case _:
            return _go(kiosk, "privacy", replace(errand, name=line, typed=""))


def _scanned(kiosk: Kiosk, scanned: str) -> Next:
    """Whoever holds a QR code to the reader before choosing anything wants to check in."""
    secret = secret_of(scanned)
    if not secret:
        return kiosk, ()
    kind = "change" if kiosk.errand.kind == "change" else "check_in"
    errand = Errand(kind=kind, link=secret)  # type: ignore[arg-type]  # one of its two words
    return _ask(replace(kiosk, errand=errand), FindAppointment, link=secret)


def _find(kiosk: Kiosk, digits: str) -> Next:
    errand = replace(kiosk.errand, digits=digits, typed="", wrong="")
    fields = {"code": errand.code, "digits": digits}
    return _ask(replace(kiosk, errand=errand), FindAppointment, **fields)


def _proof(errand: Errand) -> dict[str, str]:
    if errand.link:
        return {"link": errand.link}
    return {"code": errand.code, "digits": errand.digits}


def _check_in(kiosk: Kiosk, *, walk_in: bool = False) -> Next:
    return _order(kiosk, CheckIn, **_proof(kiosk.errand), walk_in=walk_in)


def _service_chosen(kiosk: Kiosk, value: str, view: KioskView | None) -> Next:
    service = service_of(view, value)
    if service is None or not service.bookable:
        return kiosk, ()
    return _look(replace(kiosk, errand=replace(kiosk.errand, service=value)))


def _wished(kiosk: Kiosk, wish: str) -> Kiosk:
    errand = kiosk.errand
    if wish == "low_counter":
        errand = replace(errand, low_counter=not errand.low_counter)
    elif wish in SPEAKS:
        chosen = SPEAKS[wish]
        errand = replace(errand, speaks=None if errand.speaks == chosen else chosen)
    return replace(kiosk, errand=errand)


def _look(kiosk: Kiosk, *, later: bool = False) -> Next:
    """Which times are free; `later`: after the last that was found."""
    errand = kiosk.errand
    first = errand.free[-1].day if later and errand.free else None
    errand = replace(errand, first_day=first)
    return _ask(
        replace(kiosk, errand=errand),
        FindSlots,
        service=errand.service,
        first_day=first,
        days=DAYS,
        low_counter=errand.low_counter,
        speaks=errand.speaks,
    )


def _time_chosen(kiosk: Kiosk, value: str) -> Next:
    errand = kiosk.errand
    chosen = next((one for one in errand.free if str(one.at) == value), None)
    if chosen is None:
        return kiosk, ()
    kiosk = replace(kiosk, errand=replace(errand, chosen=chosen))
    if errand.kind == "change":
        return _order(kiosk, MoveAppointment, **_proof(errand), slot=chosen.at)
    return _order(
        kiosk,
        HoldSlot,
        service=errand.service,
        slot=chosen.at,
        needs=("low_counter",) if errand.low_counter else (),
        language=kiosk.choices.language,
        speaks=errand.speaks,
    )


def _book(kiosk: Kiosk) -> Next:
    errand = kiosk.errand
    private = {"name": errand.name, "phone": errand.phone, "mail": errand.mail}
    return _order(kiosk, BookAppointment, appointment=errand.held, **private, amount=errand.amount)


def _order(kiosk: Kiosk, kind: Any, **fields: Any) -> Next:
    return replace(kiosk, step="working", page=0), (Order(kind, fields),)


def _ask(kiosk: Kiosk, kind: Any, **fields: Any) -> Next:
    return replace(kiosk, step="working", page=0), (Ask(kind, fields),)


# --- Answers to questions --------------------------------------------------------------------


def found(kiosk: Kiosk, reply: HouseReply | None, zone: str) -> Next:
    """Which times are free, or which appointment it is; None: nobody knows."""
    match reply:
        case SlotsFound():
            return _slots_found(kiosk, reply, zone)
        case AppointmentFound():
            return _appointment_found(kiosk, reply, zone)
        case Refused(code="CodeNotKnown"):
            return _not_known(kiosk, reply.text)
        case Refused():
            return tell(kiosk, "kiosk.refused", "appointments", text=reply.text), ()
        case _:
            return tell(kiosk, "screen.offline", "appointments"), ()


def _not_known(kiosk: Kiosk, why: str) -> Next:
    """After the code alone the digits are asked for, whatever was wrong: nobody learns which codes
    are some. Then the page of the code again, and why."""
    errand = kiosk.errand
    if errand.code and not errand.digits:
        return _go(kiosk, "digits", errand)
    return _again(kiosk, told=why), ()


def _again(kiosk: Kiosk, *, told: str = "", wrong: str = "") -> Kiosk:
    errand = Errand(kind=kiosk.errand.kind, told=told, wrong=wrong)
    return replace(kiosk, step="code", page=0, errand=errand)


def _slots_found(kiosk: Kiosk, reply: SlotsFound, zone: str) -> Next:
    free = tuple(free_at(slot.at, zone) for slot in reply.slots)
    if not free:
        back_to: Step = "yours" if kiosk.errand.kind == "change" else "book_service"
        key = "kiosk.no_later_times" if kiosk.errand.first_day else "kiosk.no_times"
        return tell(kiosk, key, "days" if kiosk.errand.first_day else back_to), ()
    return _go(kiosk, "days", replace(kiosk.errand, free=free))


def _appointment_found(kiosk: Kiosk, reply: AppointmentFound, zone: str) -> Next:
    errand = replace(
        kiosk.errand,
        found=reply,
        when=free_at(reply.slot, zone),
        service=reply.service,
        low_counter="low_counter" in reply.needs,
        speaks=reply.speaks,
    )
    kiosk = replace(kiosk, errand=errand)
    if errand.kind == "check_in" or reply.visit is not None:
        return _check_in(kiosk)
    if reply.state != "booked":
        key = f"kiosk.over.{reply.state}"
        return tell(replace(kiosk, errand=Errand()), key, "appointments"), ()
    return _go(kiosk, "yours", errand)


# --- Answers to commands ---------------------------------------------------------------------


def ordered(kiosk: Kiosk, kind: Any, reply: Reply | None, now: int, view: KioskView | None) -> Next:
    """What became of a command about an appointment; `CheckIn` becomes a ticket in `flow`."""
    errand = kiosk.errand
    if reply is None:
        return tell(replace(kiosk, errand=Errand()), "link.unknown_outcome", "welcome"), ()
    if isinstance(reply, Refused):
        return _refused(kiosk, kind, reply)
    if kind is HoldSlot:
        minutes = view.booking.hold if view and view.booking else 0
        until = now + minutes * MINUTE_MS
        kept = replace(errand, held=reply.appointment or 0, held_until=until)
        return _go(kiosk, "kept", kept)
    if kind is CancelAppointment:
        return tell(replace(kiosk, errand=Errand()), "kiosk.cancelled", "appointments"), ()
    return _booked(kiosk, reply)


def _booked(kiosk: Kiosk, reply: Accepted) -> Next:
    errand = kiosk.errand
    assert errand.chosen is not None, "what is booked or moved was chosen"
    booked = Booked(
        appointment=reply.appointment or 0,
        service=errand.service,
        when=errand.chosen,
        code=reply.short_code or "",
        link=reply.link or "",
        moved=errand.kind == "change",
    )
    # Nothing that was typed is needed any more.
    done = Errand(kind=errand.kind, service=errand.service, booked=booked)
    return replace(kiosk, step="booked", page=0, errand=done), (
        PrintBooking(booked, kiosk.choices),
    )


def recovered(kiosk: Kiosk, reply: Accepted, zone: str) -> Next:
    """A booking from before the power went: shown once, and printed once."""
    if reply.slot is None:
        return kiosk, ()
    errand = Errand(kind="book", chosen=free_at(reply.slot, zone))
    return _booked(replace(kiosk, errand=errand), reply)


def _refused(kiosk: Kiosk, kind: Any, reply: Refused) -> Next:
    errand = kiosk.errand
    match reply.code:
        case "TooEarlyToCheckIn":
            return _go(kiosk, "too_early", replace(errand, told=reply.text))
        case "SlotTaken" | "SlotNotOffered":
            return _taken(kiosk, reply)
        case "PhoneNotValid":
            return _go(kiosk, "phone", replace(errand, typed=errand.phone, told=reply.text))
        case "MailNotValid":
            return _go(kiosk, "mail", replace(errand, typed=errand.mail, told=reply.text))
        case "HoldOver":
            gone = replace(kiosk, errand=replace(errand, held=0, chosen=None))
            return tell(gone, "kiosk.refused", "book_service", text=reply.text), ()
        case _ if kind is BookAppointment:
            return tell(kiosk, "kiosk.refused", "kept", text=reply.text), ()
        case _:
            home = replace(kiosk, errand=Errand())
            return tell(home, "kiosk.refused", "appointments", text=reply.text), ()


def _taken(kiosk: Kiosk, reply: Refused) -> Next:
    """Others were faster: what is free nearby can be chosen at once."""
    errand = kiosk.errand
    near = {int(at) for at in reply.values.get("nearest_at", ())}
    known = {one.at for one in errand.free}
    left = tuple(one for one in errand.free if errand.chosen is None or one.at != errand.chosen.at)
    errand = replace(errand, free=left, chosen=None, told=reply.text)
    if not near & known:
        return tell(replace(kiosk, errand=errand), "kiosk.refused", "days", text=reply.text), ()
    return _go(kiosk, "taken", replace(errand, near=tuple(sorted(near & known))))
