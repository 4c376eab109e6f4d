"""What the kiosk shows of appointments: the code, free days and times, what is booked. Pure.

The privacy notice stands before any name or number can be typed; an appointment is proved and
never shown by a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Final, TypeAlias

from msgspec.structs import replace

from kiosk import entry
from kiosk.page import (
    Equipment,
    Page,
    Speaker,
    Tile,
    bar,
    check_in,
    chosen_or_not,
    turning,
)
from kiosk.state import Kiosk, Step, service_of
from shared.free_times import Free, day_in_words, in_words, short_day, weekday
from shared.protocol import KioskView

DAY_COLUMNS: Final = 3
WISH_COLUMNS: Final = 2
TIME_COLUMNS: Final = 5
DIGIT_COLUMNS: Final = 3
LETTER_COLUMNS: Final = 7

ERASE_SIGN: Final = "DEL"
SPACE_SIGN: Final = "SP"
SIGN_NAMES: Final = {"@": "at", ".": "dot", "_": "line", "-": "dash"}
STILL_TO_TYPE: Final = "-"
"""What can be drawn as large as a digit."""

Make: TypeAlias = Callable[[Kiosk, KioskView, Speaker], Page]


def page_of(kiosk: Kiosk, view: KioskView, has: Equipment, now: int) -> Page:
    """The page of a step that is about an appointment."""
    say = Speaker(kiosk.choices.language)
    if kiosk.step == "kept":
        page = _kept(kiosk, view, say, now)
    elif kiosk.step == "booked":
        page = _booked(kiosk, view, say, has)
    else:
        page = PAGES[kiosk.step](kiosk, view, say)
    return replace(page, name=kiosk.step, bar=bar(kiosk, say))


def _appointments(_kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    booking = (
        Tile("book", say("kiosk.book"), (say("kiosk.book_more"),)),
        Tile("change", say("kiosk.change"), (say("kiosk.change_more"),)),
    )
    return Page(
        name="",
        heading=say("kiosk.appointments_heading"),
        tiles=(replace(check_in(view, say), kind="main"), *(booking if view.booking else ())),
        turning=turning(say),
        keys=(_back(say),),
        scans=True,
    )


def _working(_kiosk: Kiosk, _view: KioskView, say: Speaker) -> Page:
    return Page(name="", heading=say("kiosk.working"))


# --- Keypads ---------------------------------------------------------------------------------


def _typing(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    step, errand = kiosk.step, kiosk.errand
    wanted = entry.ENTRIES[step]
    heading, note = f"kiosk.type.{step}", f"kiosk.type_note.{step}"
    if step == "code" and errand.kind == "change":
        heading = "kiosk.type.code_change"
    elif step == "code" and view.remote:
        heading, note = "kiosk.type.code_remote", "kiosk.type_note.code_remote"
    wrong = errand.told or (say(errand.wrong) if errand.wrong else "")
    keys = [_back(say)]
    if wanted.pad == "address":
        keys.append(_erase(say))  # the pad has more than one turn, and this is for all of them
    if step == "digits":
        keys.append(Tile("none", say("kiosk.no_phone")))
    if not wanted.whole:
        keys.append(Tile("ok", say("kiosk.ok"), kind="main"))
    return Page(
        name="",
        heading=wrong or say(heading),
        lines=(say(note),),
        entry=_line(errand.typed, wanted),
        tiles=PADS[wanted.pad](say),
        columns=DIGIT_COLUMNS if wanted.pad == "digits" else LETTER_COLUMNS,
        turning=turning(say),
        keys=tuple(keys),
        pad=wanted.pad,
        scans=step in ("code", "digits"),
    )


def _line(typed: str, wanted: entry.Entry) -> str:
    """What is typed; where it is known how much is wanted, with room for the rest."""
    if not wanted.whole:
        return f"{typed}{STILL_TO_TYPE}"
    return " ".join(typed.ljust(wanted.length_max, STILL_TO_TYPE))


def _digits(say: Speaker) -> tuple[Tile, ...]:
    keys = [Tile(f"key:{digit}", digit) for digit in entry.DIGITS]
    return (*keys, _erase(say), Tile("key:0", "0"))


def _letters(say: Speaker) -> tuple[Tile, ...]:
    keys = [Tile(f"key:{letter}", letter) for letter in entry.LETTERS]
    return (*keys, Tile("key: ", say("kiosk.space"), sign=SPACE_SIGN), _erase(say))


def _address(say: Speaker) -> tuple[Tile, ...]:
    often, seldom = entry.MAIL_SIGNS[:2], entry.MAIL_SIGNS[2:]
    letters = (letter.lower() for letter in entry.LETTERS)
    signs = {key: say(f"kiosk.sign.{SIGN_NAMES[key]}") for key in entry.MAIL_SIGNS}
    keys = (*letters, *often, *entry.DIGITS, "0", *seldom)
    return tuple(Tile(f"key:{key}", signs.get(key, key), sign=key) for key in keys)


def _erase(say: Speaker) -> Tile:
    return Tile(f"key:{entry.ERASE}", say("kiosk.erase"), sign=ERASE_SIGN)


# --- An appointment that is there ------------------------------------------------------------


def _too_early(kiosk: Kiosk, _view: KioskView, say: Speaker) -> Page:
    return Page(
        name="",
        heading=kiosk.errand.told,
        lines=(say("kiosk.too_early_note"),),
        tiles=(
            Tile("back", say("kiosk.come_back"), kind="main"),
            Tile("walk_in", say("kiosk.walk_in"), (say("kiosk.walk_in_more"),)),
        ),
    )


def _yours(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    return Page(
        name="",
        heading=_what(kiosk, view, say),
        lines=(_when(kiosk.errand.when, say),),
        tiles=(
            Tile("move", say("kiosk.move"), (say("kiosk.move_more"),), "main"),
            Tile("cancel", say("kiosk.cancel"), (say("kiosk.cancel_more"),)),
        ),
        keys=(_back(say),),
    )


def _cancel_sure(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    return Page(
        name="",
        heading=say("kiosk.cancel_sure"),
        lines=(f"{_what(kiosk, view, say)}  {_when(kiosk.errand.when, say)}",),
        tiles=(
            Tile("yes", say("kiosk.cancel_yes"), kind="main"),
            Tile("back", say("kiosk.cancel_no")),
        ),
    )


# --- Service, day, time ----------------------------------------------------------------------


def _services(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    errand = kiosk.errand
    wishes = errand.low_counter + (errand.speaks is not None)
    label = say("kiosk.wishes_chosen", n=wishes) if wishes else say("kiosk.wishes")
    return Page(
        name="",
        heading=say("kiosk.book_service"),
        tiles=tuple(
            Tile(
                f"service:{one.id}",
                say.name(one.name),
                (say("kiosk.bring", papers=say.all(one.bring)),) if one.bring else (),
                "main",
            )
            for one in view.services
            if one.bookable
        ),
        turning=turning(say),
        keys=(_back(say), Tile("wishes", label, kind=chosen_or_not(bool(wishes)))),
    )


def _wishes(kiosk: Kiosk, _view: KioskView, say: Speaker) -> Page:
    errand = kiosk.errand
    offered = {
        "low_counter": errand.low_counter,
        "zh": errand.speaks == "zh",
        "en": errand.speaks == "en",
    }
    return Page(
        name="",
        heading=say("kiosk.wishes_heading"),
        lines=(say("kiosk.wishes_note"),),
        tiles=tuple(
            Tile(
                f"wish:{wish}",
                say(f"kiosk.wish.{wish}"),
                (say("kiosk.chosen") if chosen else say("kiosk.not_chosen"),),
                chosen_or_not(chosen),
            )
            for wish, chosen in offered.items()
        ),
        columns=WISH_COLUMNS,
        turning=turning(say),
        keys=(Tile("back", say("kiosk.needs_done"), kind="main"),),
    )


def _days(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    days = {day: len([*free]) for day, free in groupby(kiosk.errand.free, lambda one: one.day)}
    return Page(
        name="",
        heading=say("kiosk.book_day", service=_what(kiosk, view, say)),
        tiles=tuple(_day(day, n, kiosk, say) for day, n in days.items()),
        columns=DAY_COLUMNS,
        turning=turning(say),
        keys=(_back(say), Tile("later", say("kiosk.later_days"))),
    )


def _day(day: str, free: int, kiosk: Kiosk, say: Speaker) -> Tile:
    count = say("kiosk.n_times", n=free)
    if kiosk.choices.large:
        return Tile(f"day:{day}", short_day(day), (f"{weekday(day, say.language)} · {count}",))
    return Tile(f"day:{day}", day_in_words(day, say.language), (count,))


def _times(kiosk: Kiosk, view: KioskView, say: Speaker) -> Page:
    errand = kiosk.errand
    day = day_in_words(errand.day, say.language)
    return Page(
        name="",
        heading=say("kiosk.book_time", service=_what(kiosk, view, say), day=day),
        tiles=tuple(_time(one) for one in errand.free if one.day == errand.day),
        columns=TIME_COLUMNS,
        turning=turning(say),
        keys=(_back(say),),
    )


def _time(one: Free) -> Tile:
    return Tile(f"time:{one.at}", one.time)


def _taken(kiosk: Kiosk, _view: KioskView, say: Speaker) -> Page:
    near = [one for one in kiosk.errand.free if one.at in kiosk.errand.near]
    return Page(
        name="",
        heading=kiosk.errand.told,
        tiles=tuple(replace(_time(one), label=_when(one, say)) for one in near),
        turning=turning(say),
        keys=(_back(say),),
    )


# --- A time that is kept, and a booking ------------------------------------------------------


def _kept(kiosk: Kiosk, view: KioskView, say: Speaker, now: int) -> Page:
    errand = kiosk.errand
    service = service_of(view, errand.service)
    left = max(0, errand.held_until - now) // 1000
    clock = f"{left // 60}:{left % 60:02d}"
    tiles = [Tile("yes", say("kiosk.book_now"), (say("kiosk.kept_for", time=clock),), "main")]
    if service is not None and service.asks_amount:
        said = say("kiosk.amount_said" if errand.amount else "kiosk.amount_more")
        tiles.append(Tile("amount", say("kiosk.amount"), (said,)))
    given = [line for line in (errand.name, errand.phone, errand.mail) if line]
    contact = say("word.and").join(given) or say("kiosk.contact_more")
    tiles.append(Tile("contact", say("kiosk.contact"), (contact,)))
    bring = (
        (say("kiosk.bring", papers=say.all(service.bring)),) if service and service.bring else ()
    )
    return Page(
        name="",
        heading=_what(kiosk, view, say),
        lines=(_when(errand.chosen, say), *bring),
        tiles=tuple(tiles),
        turning=turning(say),
        keys=(_back(say),),
    )


def _privacy(kiosk: Kiosk, _view: KioskView, say: Speaker) -> Page:
    errand = kiosk.errand
    return Page(
        name="",
        heading=say("screen.privacy"),
        tiles=(
            Tile("phone", say("kiosk.phone"), (errand.phone or say("kiosk.phone_more"),), "main"),
            Tile("mail", say("kiosk.mail"), (errand.mail or say("kiosk.mail_more"),)),
            Tile("name", say("kiosk.name"), (errand.name or say("kiosk.name_more"),)),
        ),
        turning=turning(say),
        keys=(Tile("back", say("kiosk.to_booking")),),
    )


def _booked(kiosk: Kiosk, view: KioskView, say: Speaker, has: Equipment) -> Page:
    booked = kiosk.errand.booked
    assert booked is not None, "this step has one"
    service = service_of(view, booked.service)
    late = view.booking.late if view.booking else 0
    name = say.name(service.name) if service else ""
    lines = [name, say("kiosk.booked_how"), say("paper.booked_late", minutes=late)]
    if service is not None and service.bring:
        lines.append(say("kiosk.bring", papers=say.all(service.bring)))
    reprint = (Tile("print", say("kiosk.print_booking")),) if has.printer else ()
    return Page(
        name="",
        heading=say("kiosk.moved" if booked.moved else "kiosk.booked"),
        big=booked.code,
        also=_when(booked.when, say),
        also_short=f"{short_day(booked.when.day)} {booked.when.time}",
        lines=tuple(line for line in lines if line),
        address=booked.link,
        caption=say("kiosk.scan_booking") if booked.link else "",
        turning=(
            Tile("previous", say("kiosk.to_booked")),
            Tile("next", say("kiosk.to_code")),
        ),
        keys=(Tile("done", say("kiosk.done"), kind="main"), *reprint),
    )


# --- Details ---------------------------------------------------------------------------------


def _back(say: Speaker) -> Tile:
    return Tile("back", say("kiosk.back"))


def _what(kiosk: Kiosk, view: KioskView, say: Speaker) -> str:
    service = service_of(view, kiosk.errand.service)
    return say.name(service.name) if service else ""


def _when(when: Free | None, say: Speaker) -> str:
    return in_words(when, say.language) if when else ""


PADS: Final[Mapping[entry.Pad, Callable[[Speaker], tuple[Tile, ...]]]] = {
    "digits": _digits,
    "letters": _letters,
    "address": _address,
}

PAGES: Final[Mapping[Step, Make]] = {
    "appointments": _appointments,
    "working": _working,
    **dict.fromkeys(entry.ENTRIES, _typing),
    "too_early": _too_early,
    "yours": _yours,
    "cancel_sure": _cancel_sure,
    "book_service": _services,
    "wishes": _wishes,
    "days": _days,
    "times": _times,
    "taken": _taken,
    "privacy": _privacy,
}
