"""A notice in words, for one customer. Pure text.

The text says what, when and where, what to bring, and where to look, confirm and cancel. It holds
nobody's name: whoever reads over a shoulder learns no more than that somebody has an appointment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from server import ics
from server.domain.reminders import Notice, NoticeKind
from server.moments import iso, when
from shared.i18n import text
from shared.protocol import AppointmentView, Language, Words

ID_DIGITS = 32


class Message(Struct, frozen=True):
    """One notice, and where it goes. `id` is the same for the same notice, however often and from
    whatever server it is sent; `slot` is written with the branch's zone."""

    id: str
    kind: NoticeKind
    branch: str
    language: Language
    title: str
    text: str
    slot: str
    links: Mapping[str, str] = {}
    calendar: str = ""
    phone: str = ""
    mail: str = ""

    def __repr__(self) -> str:
        return f"Message({self.id})"


class Offered(Struct, frozen=True):
    """What a customer may do with a notice: links by their purpose, and the code for the kiosk."""

    links: Mapping[str, str] = {}
    code: str = ""


def worded(
    notice: Notice, view: AppointmentView, language: Language, zone: str, offered: Offered
) -> Message:
    """The notice as its customer reads it, without where it goes."""
    branch, service = _said(view.branch_name, language), _said(view.service_name, language)
    said = {"branch": branch, "service": service, "time": when(notice.slot, zone, language)}
    lines = [text(language, f"notice.{notice.kind}", **said)]
    if notice.kind != "cancelled":
        lines += _more(view, language, offered)
    told = notice.kind in ("booked", "moved", "cancelled")
    return Message(
        id=id_of(notice, view.branch),
        kind=notice.kind,
        branch=view.branch,
        language=language,
        title=text(language, f"notice.title.{notice.kind}", **said),
        text="\n".join(lines),
        slot=iso(notice.slot, zone),
        links=offered.links,
        calendar=ics.calendar(view, language) if told else "",
    )


def id_of(notice: Notice, branch: str) -> str:
    """From what it is about alone: so a notice that is sent again, after a crash or from a restored
    backup, is known to whoever has it; and another booking's notice never is."""
    about = f"{branch}/{notice.name}/{notice.slot}/{notice.person}"
    return sha256(about.encode()).hexdigest()[:ID_DIGITS]


def _more(view: AppointmentView, language: Language, offered: Offered) -> Iterator[str]:
    if view.bring:
        bring = text(language, "word.and").join(_said(one, language) for one in view.bring)
        yield text(language, "notice.bring", bring=bring)
    if offered.code:
        yield text(language, "notice.code", code=offered.code)
    for purpose, link in offered.links.items():
        yield text(language, f"notice.link.{purpose}", link=link)


def _said(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en
