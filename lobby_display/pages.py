"""What the display says at a moment: words, calls, lines, and whether they are true now. Pure.

Where it goes on the screen, and how large, is left to `frame`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from lobby_display.settings import Settings
from lobby_display.stage import FRESH_MS, Shown, Stage, last_calls
from shared.i18n import text
from shared.protocol import CallShown, CounterShown, DisplayView, Language, ServiceShown, Words
from shared.waits import told

Local: TypeAlias = Callable[[int], str]
"""An instant (ms) as the branch's clocks show it."""

ORDER: Final = "screen.calling_order"
GIVEN: Final = ("open", "stopped")
"""While there is a line, whether or not it still grows."""

ENDED: Final = ("over", "closed", "not_today")


class Moment(Struct, frozen=True, kw_only=True):
    """When it is drawn. `clock` is the terminal's own (ms), `now` the branch's; `turn` counts up
    while lines and slides take turns. `as_of` is "" while what is shown is true."""

    clock: int
    now: str
    turn: int = 0
    as_of: str = ""
    paused: bool = False


class Call(Struct, frozen=True):
    """A number and where it is to go: never one without the other."""

    number: str
    counter: str
    said: str
    lit: bool = False
    long: bool = False


class Line(Struct, frozen=True):
    """A service and how it stands there."""

    name: str
    state: str


class Picture(Struct, frozen=True, kw_only=True):
    """All that is on the screen. `slide` and `notice` are a heading and a text; `image` is the file
    of a slide's picture."""

    name: str
    now: str = ""
    hours: str = ""
    warning: str = ""
    calls: tuple[Call, ...] = ()
    last_heading: str = ""
    last: tuple[Call, ...] = ()
    last_now: int = 0
    lines_heading: str = ""
    lines: tuple[Line, ...] = ()
    slide: tuple[str, str] | None = None
    image: str = ""
    notice: tuple[str, str] | None = None
    foot: tuple[str, ...] = ()
    sign: str = ""
    stale: bool = False
    counters: tuple[str, ...] = ()


def picture_of(
    view: DisplayView | None, stage: Stage, moment: Moment, settings: Settings, local: Local
) -> Picture:
    """What is to be seen now."""
    lang = settings.languages[0]
    if view is None:
        said = f"link.state.{'stale' if moment.as_of else 'connecting'}"
        return Picture(name="", notice=(text(lang, said), ""), stale=bool(moment.as_of))
    warning = text(lang, "display.as_of", time=moment.as_of) if moment.as_of else ""
    if view.read_only and not warning:
        warning = text(lang, "link.read_only")
    picture = Picture(
        name=_name(view.name, lang),
        now=moment.now,
        hours=_hours(view, lang, local),
        warning=warning,
        stale=bool(moment.as_of),
        foot=_foot(view, moment.turn, settings),
        counters=tuple(str(counter.id) for counter in _counters(view, settings)),
    )
    if settings.counter is not None:
        return _sign(picture, view, stage, moment, settings)
    if _is_night(view):
        return replace(picture, notice=_night(view, lang, local))
    return _hall(picture, view, stage, moment, settings, local)


def _hall(
    picture: Picture,
    view: DisplayView,
    stage: Stage,
    moment: Moment,
    settings: Settings,
    local: Local,
) -> Picture:
    lang = settings.languages[0]
    last = last_calls(view, frozenset(settings.counters))
    services = [s for s in view.services if not settings.services or s.id in settings.services]
    calls = tuple(_up(one, view, moment, lang) for one in stage.shown)
    return replace(
        picture,
        calls=calls,
        slide=None if calls else _slide(moment, settings),
        image="" if calls else _image(moment, settings),
        last_heading=text(lang, "display.last"),
        last=tuple(_gone_by(call, view, local, lang) for call in last),
        last_now=sum(view.at - call.at < FRESH_MS for call in last),
        lines_heading=text(lang, "display.line"),
        lines=tuple(_line(service, lang, local) for service in services),
    )


def _sign(
    picture: Picture, view: DisplayView, stage: Stage, moment: Moment, settings: Settings
) -> Picture:
    """Above one counter: its number, or that it is closed."""
    lang = settings.languages[0]
    counter = next((one for one in view.counters if one.id == settings.counter), None)
    if counter is None:
        return replace(picture, notice=(text(lang, "display.no_counter"), ""), foot=())
    name = _name(counter.name, lang)
    shown = tuple(_up(one, view, moment, lang) for one in stage.shown)
    if not shown and counter.number:
        said = _said(counter.number, counter, lang)
        shown = (Call(counter.number, str(counter.id), said),)
    state = "" if shown else text(lang, f"counter_state.{counter.state}")
    both = _name(counter.name, "en" if lang == "zh" else "zh")
    return replace(
        picture, sign=f"{name}  {both}", calls=shown, notice=(state, "") if state else None
    )


# --- Parts -----------------------------------------------------------------------------------


def _up(one: Shown, view: DisplayView, moment: Moment, lang: Language) -> Call:
    call, counter = one.call, _counter(view, one.call)
    lit = one.lit(moment.clock) and not moment.as_of
    return Call(call.number, str(call.counter), _said(call.number, counter, lang), lit, call.long)


def _gone_by(call: CallShown, view: DisplayView, local: Local, lang: Language) -> Call:
    counter = _counter(view, call)
    place = _name(counter.name, lang) if counter else str(call.counter)
    return Call(call.number, str(call.counter), f"{place}  {local(call.at)}")


def _said(number: str, counter: CounterShown | None, lang: Language) -> str:
    place = _name(counter.name, lang) if counter else ""
    return text(lang, "display.please", number=number, counter=place)


def _counter(view: DisplayView, call: CallShown) -> CounterShown | None:
    return next((one for one in view.counters if one.id == call.counter), None)


def _counters(view: DisplayView, settings: Settings) -> list[CounterShown]:
    return [c for c in view.counters if not settings.counters or c.id in settings.counters]


def _line(service: ServiceShown, lang: Language, local: Local) -> Line:
    """How many wait, and how long somebody who came now would: nothing where it is not known."""
    name = _name(service.name, lang)
    if service.status in GIVEN or service.waiting:
        state = text(lang, "display.waiting", n=service.waiting)
        if service.status == "open" and (wait := told(lang, service.wait)):
            state = f"{state}  {wait}"
        if service.status != "open":
            state = f"{state}  {text(lang, f'service_status.{service.status}')}"
        return Line(name, state)
    if service.status == "too_early" and service.tickets_from is not None:
        return Line(name, text(lang, "display.from", time=local(service.tickets_from)))
    if service.next_from is not None:
        return Line(name, text(lang, "display.next", time=local(service.next_from)))
    return Line(name, text(lang, f"service_status.{service.status}"))


def _hours(view: DisplayView, lang: Language, local: Local) -> str:
    if view.opens is None or view.closes is None:
        return ""
    return text(lang, "display.hours", opens=local(view.opens), closes=local(view.closes)[-5:])


def _is_night(view: DisplayView) -> bool:
    """Nobody is served, and nobody can come in now."""
    if view.day is None:
        return True
    if any(s.status not in ENDED or s.waiting for s in view.services):
        return False
    return not any(counter.number for counter in view.counters)


def _night(view: DisplayView, lang: Language, local: Local) -> tuple[str, str]:
    if view.day is None and view.opens is not None and view.closes is not None:
        hours = f"{local(view.opens)}–{local(view.closes)[-5:]}"
        return text(lang, "display.closed"), text(lang, "screen.closed_now", hours=hours)
    later = [s.next_from for s in view.services if s.next_from is not None]
    if not later:
        return text(lang, "display.closed"), ""
    return text(lang, "display.closed"), text(lang, "display.next", time=local(min(later)))


def _slide(moment: Moment, settings: Settings) -> tuple[str, str] | None:
    """The playlist while nobody is called; without one, that it is quiet."""
    lang = settings.languages[0]
    if not settings.playlist:
        return text(lang, "display.quiet"), ""
    slide = settings.playlist[slide_at(moment.turn, settings)]
    language = settings.languages[moment.turn // _round(settings) % len(settings.languages)]
    heading = _name(slide.heading, language)
    mark = f"  {text(lang, 'display.paused')}" if moment.paused else ""
    return heading, _name(slide.text, language) + mark


def _image(moment: Moment, settings: Settings) -> str:
    if not settings.playlist:
        return ""
    return settings.playlist[slide_at(moment.turn, settings)].picture


def slide_at(seconds: int, settings: Settings) -> int:
    """Which slide is on after so many seconds."""
    left = seconds % _round(settings)
    for n, slide in enumerate(settings.playlist):
        if left < slide.seconds:
            return n
        left -= slide.seconds
    return 0


def _round(settings: Settings) -> int:
    return sum(slide.seconds for slide in settings.playlist)


def _foot(view: DisplayView, turn: int, settings: Settings) -> tuple[str, ...]:
    """The message whose turn it is, and why numbers do not follow in order. Nothing scrolls."""
    turned = turn // settings.turn_seconds
    order = text(settings.languages[turned % len(settings.languages)], ORDER)
    messages = list(_messages(view, settings))
    message = (messages[turned % len(messages)],) if messages else ()
    return *message, order


def _messages(view: DisplayView, settings: Settings) -> Iterator[str]:
    for language in settings.languages:
        if view.emergency:
            yield text(language, "display.emergency")
        for message in view.messages:
            yield _name(Words(zh=message.zh, en=message.en), language)


def _name(words: Words, language: Language) -> str:
    """A name in this language, or in the other where there is none."""
    zh, en = words.zh or words.en, words.en or words.zh
    return zh if language == "zh" else en
