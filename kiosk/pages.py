"""What the kiosk shows for each state: words, tiles, a number, an address. Pure.

A page is what is drawn, what is spoken and what tests read: one description for eyes, ears and
keys. Where things go on the screen is left to `screen`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from kiosk.flow import NEEDS, Kiosk, Ticket, service_of
from shared.addresses import short_address, spaced
from shared.i18n import text
from shared.protocol import KioskView, Language, ServiceShown, Words
from shared.waits import told

TileKind: TypeAlias = Literal["main", "care", "plain", "chosen", "closed"]

Local: TypeAlias = Callable[[int], str]
"""An instant (ms) as the branch's clocks show it."""

HELP: Final = "help"


class Tile(Struct, frozen=True):
    """Something to touch: the word it sends, what it says, and more of it in small."""

    touch: str
    label: str
    lines: tuple[str, ...] = ()
    kind: TileKind = "plain"


class Page(Struct, frozen=True):
    """One screen. `big` is what it is about, `also` what matters next: drawn too in large text,
    in few words.
    `otherwise` is for whoever cannot scan the `address`: among the lines as well.
    `tiles` that do not fit are turned over with the two `turning` ones; `keys` are the small ones
    below; `bar` is there always, in the same place."""

    name: str
    heading: str
    lines: tuple[str, ...] = ()
    big: str = ""
    also: str = ""
    also_short: str = ""
    address: str = ""
    caption: str = ""
    otherwise: str = ""
    tiles: tuple[Tile, ...] = ()
    turning: tuple[Tile, ...] = ()
    keys: tuple[Tile, ...] = ()
    bar: tuple[Tile, ...] = ()
    foot: str = ""


class Equipment(Struct, frozen=True):
    """What this kiosk has: what it has not is not offered."""

    printer: bool = False
    voice: bool = False


def page_of(kiosk: Kiosk, view: KioskView | None, local: Local, has: Equipment) -> Page:
    """The page of this state."""
    return _as_equipped(_page_of(kiosk, view, local, has), has)


def _as_equipped(page: Page, has: Equipment) -> Page:
    bar = tuple(tile for tile in page.bar if has.voice or tile.touch != "speech")
    return replace(page, bar=bar)


def _page_of(kiosk: Kiosk, view: KioskView | None, local: Local, has: Equipment) -> Page:
    say = _Speaker(kiosk.choices.language)
    if view is None:
        return Page(name="starting", heading=say("link.state.connecting"), bar=_bar(kiosk, say))
    if kiosk.step in ("welcome", "services") and _all_closed(view):
        return _closed(kiosk, view, say, local)
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
            return Page(name="asking", heading=say("kiosk.asking"), bar=_bar(kiosk, say))
        case "ticket":
            assert kiosk.ticket is not None, "this step has one"
            return _ticket(kiosk, kiosk.ticket, view, say, local, has)
        case "told":
            return _told(kiosk, view, say, local)


def offline(kiosk: Kiosk) -> Page:
    """What is shown while the server is away: nothing that could have changed meanwhile."""
    say = _Speaker(kiosk.choices.language)
    lines = (say("kiosk.kept_asking"),) if kiosk.step == "asking" else ()
    # Not the bar: nothing of it reaches anybody now, and the sentence says where to go.
    return Page(name="offline", heading=say("screen.offline"), lines=lines)


def still_there(kiosk: Kiosk, seconds: int, has: Equipment) -> Page:
    """Before everything is forgotten."""
    say = _Speaker(kiosk.choices.language)
    page = Page(
        name="still_there",
        heading=say("kiosk.still_there"),
        lines=(say("kiosk.forgets_in", seconds=seconds),),
        tiles=(Tile("stay", say("kiosk.stay"), kind="main"),),
        bar=_bar(kiosk, say),
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
    for tile in (*page.tiles, *page.keys):
        yield from (tile.label, *tile.lines)
    if page.foot:
        yield page.foot


# --- Pages -----------------------------------------------------------------------------------


class _Speaker:
    """Sentences of the catalogue, and names of the branch, in the customer's language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return text(self.language, key, **values)

    def name(self, words: Words) -> str:
        """A name in this language, or in the other where there is none."""
        zh, en = words.zh or words.en, words.en or words.zh
        return zh if self.language == "zh" else en

    def all(self, words: Sequence[Words]) -> str:
        """Several, one after the other."""
        return self("word.and").join(self.name(one) for one in words)


def _welcome(kiosk: Kiosk, view: KioskView, say: _Speaker) -> Page:
    return Page(
        name="welcome",
        heading=say("kiosk.welcome", name=say.name(view.name)),
        lines=tuple(_messages(view, say)),
        tiles=(
            Tile("start", say("kiosk.start"), (say("kiosk.start_more"),), "main"),
            Tile("care", say("kiosk.care"), (say("kiosk.care_more"),), "care"),
            Tile(HELP, say("kiosk.unsure"), (say("kiosk.unsure_more"),)),
        ),
        turning=_turning(say),
        bar=_bar(kiosk, say),
        foot=say("screen.calling_order"),
    )


def _services(kiosk: Kiosk, view: KioskView, say: _Speaker, local: Local) -> Page:
    needs = _needs_key(kiosk, say)
    return Page(
        name="services",
        heading=say("kiosk.services.care" if kiosk.choices.care else "kiosk.services.all"),
        tiles=tuple(
            _service(one, view, say, local, care=kiosk.choices.care) for one in view.services
        ),
        turning=_turning(say),
        keys=(Tile("back", say("kiosk.back")), *needs),
        bar=_bar(kiosk, say),
    )


def _service(
    one: ServiceShown, view: KioskView, say: _Speaker, local: Local, *, care: bool
) -> Tile:
    if one.status != "open":
        state = say(f"service_status.{one.status}")
        times = (say("kiosk.next", time=local(one.next_from)),) if one.next_from else ()
        return Tile(f"service:{one.id}", say.name(one.name), (state, *times), "closed")
    now = [say("kiosk.waiting", n=one.waiting)]
    if wait := told(say.language, one.care_wait if care else one.wait):
        now.append(wait)
    if one.machine is not None and any(m.state == "working" for m in view.machines):
        now.append(say("kiosk.machine", what=say.name(one.machine)))
    papers = (say("kiosk.bring", papers=say.all(one.bring)),) if one.bring else ()
    return Tile(f"service:{one.id}", say.name(one.name), (" · ".join(now), *papers), "main")


def _needs(kiosk: Kiosk, say: _Speaker) -> Page:
    tiles = []
    for need in NEEDS:
        chosen = need in kiosk.choices.needs
        mark = say("kiosk.chosen") if chosen else say("kiosk.not_chosen")
        tiles.append(Tile(f"need:{need}", say(f"kiosk.need.{need}"), (mark,), _chosen(chosen)))
    return Page(
        name="needs",
        heading=say("kiosk.needs_heading"),
        lines=(say("kiosk.needs_note"),),
        tiles=tuple(tiles),
        turning=_turning(say),
        keys=(Tile("back", say("kiosk.needs_done"), kind="main"),),
        bar=_bar(kiosk, say),
    )


def _confirm(kiosk: Kiosk, view: KioskView, say: _Speaker) -> Page:
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
        bar=_bar(kiosk, say),
    )


def _ticket(
    kiosk: Kiosk, ticket: Ticket, view: KioskView, say: _Speaker, local: Local, has: Equipment
) -> Page:
    service = service_of(view, ticket.service)
    name = say.name(service.name) if service else ""
    lines = [f"{name}  {say('paper.taken', time=local(ticket.at))}", say("kiosk.what_next")]
    lines[1:1] = _wait(ticket, say, local)
    if service is not None and service.bring:
        lines.append(say("kiosk.bring", papers=say.all(service.bring)))
    otherwise = _without_camera(ticket, say)
    if otherwise:
        lines.append(otherwise)
    reprint = (Tile("print", say("kiosk.print")),) if has.printer else ()
    return Page(
        name="ticket",
        heading=say("kiosk.your_number"),
        big=ticket.number,
        also=_ahead(ticket, say),
        also_short=_ahead(ticket, say, short=True),
        lines=tuple(lines),
        address=ticket.link,
        caption=say("kiosk.scan") if ticket.link else "",
        otherwise=otherwise,
        turning=(Tile("previous", say("kiosk.to_number")), Tile("next", say("kiosk.to_code"))),
        keys=(*reprint, Tile("done", say("kiosk.done"), kind="main")),
        bar=_bar(kiosk, say),
        foot=say("screen.ticket_foot"),
    )


def _without_camera(ticket: Ticket, say: _Speaker) -> str:
    if not (ticket.link and ticket.short_code):
        return ""
    address, code = short_address(ticket.link), spaced(ticket.short_code)
    return say("kiosk.no_camera", address=address, number=ticket.number, code=code)


def _ahead(ticket: Ticket, say: _Speaker, *, short: bool = False) -> str:
    ending = "_short" if short else ""
    match ticket.ahead:
        case None:
            return ""
        case 0:
            return say(f"kiosk.first{ending}")
        case n:
            return say(f"kiosk.ahead{ending}", n=n)


def _wait(ticket: Ticket, say: _Speaker, local: Local) -> list[str]:
    """How long it will take, and the time that is promised; nothing where too little is known."""
    if ticket.wait is None:
        return []
    until = ticket.wait.until
    promise = say("wait.until", time=local(until)) if until else ""
    return ["  ".join(filter(None, (told(say.language, ticket.wait), promise)))]


def _told(kiosk: Kiosk, view: KioskView, say: _Speaker, local: Local) -> Page:
    values: dict[str, object] = dict(kiosk.told_values)
    service = service_of(view, str(values.get("service", "")))
    if service is not None:
        values["service"] = say.name(service.name)
        values["time"] = local(service.next_from) if service.next_from else ""
    return Page(
        name="told",
        heading=say(kiosk.told, **values),
        keys=(Tile("back", say("kiosk.understood"), kind="main"),),
        bar=_bar(kiosk, say),
    )


def _closed(kiosk: Kiosk, view: KioskView, say: _Speaker, local: Local) -> Page:
    opens = [one.next_from for one in view.services if one.next_from is not None]
    if view.next_day_opens is not None:
        opens.append(view.next_day_opens)
    lines = [say("kiosk.closed.next", time=local(min(opens)))] if opens else []
    return Page(
        name="closed",
        heading=say("kiosk.closed.all", name=say.name(view.name)),
        lines=(*lines, *_messages(view, say)),
        bar=_bar(kiosk, say),
    )


def _all_closed(view: KioskView) -> bool:
    return view.day is None or all(one.status != "open" for one in view.services)


def _messages(view: KioskView, say: _Speaker) -> Iterator[str]:
    for message in view.messages:
        yield say.name(Words(zh=message.zh, en=message.en))


def _turning(say: _Speaker) -> tuple[Tile, ...]:
    return Tile("previous", say("kiosk.previous")), Tile("next", say("kiosk.following"))


def _needs_key(kiosk: Kiosk, say: _Speaker) -> tuple[Tile, ...]:
    chosen = len(kiosk.choices.needs)
    label = say("kiosk.needs_chosen", n=chosen) if chosen else say("kiosk.needs")
    return (Tile("needs", label, kind="chosen" if chosen else "plain"),)


def _chosen(chosen: bool) -> TileKind:
    return "chosen" if chosen else "plain"


def _bar(kiosk: Kiosk, say: _Speaker) -> tuple[Tile, ...]:
    choices = kiosk.choices
    speech = say(f"kiosk.speech.{choices.speech}")
    return (
        Tile(HELP, say("kiosk.help"), kind="main"),
        Tile("language", say("kiosk.other_language")),
        Tile("large", say("kiosk.large"), kind=_chosen(choices.large)),
        Tile("speech", speech, kind=_chosen(choices.speech != "off")),
        Tile("complaint", say("kiosk.complaint")),
    )
