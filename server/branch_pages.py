"""`/` and `/b/<branch>`: a branch for whoever thinks of coming, and all branches where there are
several.

What is done there, how many wait and how long it takes, as of a time that is said; hours, what
there is for whoever asks before coming, where to complain, and how well told waits have held.
Everybody may see it: it is what hangs in the lobby. It is fetched anew while it is looked at
(`branch.js`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

from websockets.http11 import Response

from server import branch_hours, web_files
from server.asked import Asked
from server.domain.configuration import BranchConfig
from server.markup import Markup, joined, listed, tag
from server.phone_words import frame, name_of, time_of
from server.responses import words
from server.runner import BranchRunner
from shared.i18n import text
from shared.protocol import DisplayView, KioskView, Language, ServiceShown, Words
from shared.waits import told

PAGE: Final = re.compile(r"/b/([0-9A-Za-z_-]{1,32})/?\Z")
ACCURACY: Final = "/accuracy"


class BranchPages:
    """See above."""

    def __init__(self, runners: Mapping[str, BranchRunner]) -> None:
        self._runners = runners

    async def answer(self, asked: Asked) -> Response | None:
        """The response; None for what is none of these."""
        if asked.path == "/" and len(self._runners) == 1:
            return await _branch(next(iter(self._runners.values())), asked, alone=True)
        if asked.path == "/":
            return _all(self._runners, asked)
        named = PAGE.match(asked.path)
        runner = self._runners.get(named[1]) if named else None
        return None if runner is None else await _branch(runner, asked, alone=False)


def _all(runners: Mapping[str, BranchRunner], asked: Asked) -> Response:
    language = asked.language()
    links = (
        tag("a", name_of(one.published.config.name, language), href=_link(f"/b/{id_}", language))
        for id_, one in runners.items()
    )
    title = text(language, "home.branches")
    names = {id_: name_of(one.published.config.name, language) for id_, one in runners.items()}
    values = {**frame(language), **_find(names, language), "title": title, "links": listed(links)}
    return web_files.page("branches.html", values, asked.host)


async def _branch(runner: BranchRunner, asked: Asked, *, alone: bool) -> Response:
    view, hall = await runner.glance("KioskView"), await runner.glance("DisplayView")
    if not isinstance(view, KioskView) or not isinstance(hall, DisplayView):
        return words(HTTPStatus.SERVICE_UNAVAILABLE, Retry_After="5")
    language, config = asked.language(), runner.published.config
    now, zone = runner.now, config.time_zone
    page = _Page(view, hall.opens, language, zone)
    made = time_of(now, zone, seconds=True)
    values = {
        **frame(language),
        **_find({runner.id: ""}, language),
        "title": name_of(config.name, language),
        "address": name_of(config.about.address, language),
        "as_of": text(language, "home.as_of", time=made),
        "old": text(language, "home.old", time=made),
        "again": text(language, "phone.again"),
        "notices": page.notices(),
        "now": text(language, "home.now"),
        "services": page.services(),
        "hours": text(language, "home.hours"),
        "weeks": _weeks(branch_hours.weeks(config), language),
        "days": listed(_days(branch_hours.special_days(config, now), language)),
        "remote": _remote(view, config, language),
        "facts": _facts(runner, language, alone=alone),
    }
    return web_files.page("branch.html", values, asked.host)


def _find(names: Mapping[str, str], language: Language) -> dict[str, str]:
    """What asks for the number and the code on a ticket; and of several branches, for which."""
    options = (tag("option", name, value=id_) for id_, name in names.items())
    chosen = joined(
        (
            tag("label", text(language, "home.find_branch"), class_="field", for_="find-branch"),
            tag("select", *options, id="find-branch"),
        )
    )
    said = ("find", "find_number", "find_code", "find_go", "find_wrong", "find_lost")
    return {
        "branch_id": next(iter(names)),
        "find_branch": chosen if len(names) > 1 else "",
        **{key: text(language, f"home.{key}") for key in said},
    }


class _Page:
    """What changes from minute to minute."""

    def __init__(self, view: KioskView, opens: int | None, language: Language, zone: str) -> None:
        self._view, self._opens = view, opens
        self._language, self._zone = language, zone

    def notices(self) -> Markup:
        """What the branch tells everybody."""
        messages = (Words(zh=one.zh, en=one.en) for one in self._view.messages)
        said = [name_of(one, self._language) for one in messages]
        if self._view.emergency:
            said.insert(0, self._say("display.emergency"))
        if self._view.day is None and self._opens is not None:
            said.append(self._say("home.closed", time=self._at(self._opens)))
        return joined(tag("p", one, class_="strong") for one in said)

    def services(self) -> Markup:
        """Each with its line, its wait and its hours of today."""
        return joined(map(self._service, self._view.services))

    def _service(self, one: ServiceShown) -> Markup:
        name = tag("h3", name_of(one.name, self._language))
        bring = ""
        if one.bring:
            and_ = self._say("word.and")
            papers = and_.join(name_of(paper, self._language) for paper in one.bring)
            bring = tag("p", self._say("kiosk.bring", papers=papers), class_="note")
        booked = tag("p", self._say("home.bookable"), class_="note") if one.bookable else ""
        return tag("li", name, tag("p", *self._state(one), class_="state"), bring, booked)

    def _state(self, one: ServiceShown) -> Iterator[str]:
        """Its line, while there is one; else when there will be."""
        if one.status == "open" or one.waiting:
            yield tag("strong", self._say("kiosk.waiting", n=one.waiting), class_="current")
            if wait := told(self._language, one.wait):
                yield tag("strong", f" · {wait}", class_="current")
            if one.status != "open" or one.tickets_until is not None:
                yield tag("span", " · ", class_="current")
        if one.status == "open" and one.tickets_until is not None:
            yield tag("span", self._say("home.until", time=self._at(one.tickets_until)))
        elif one.status != "open":
            yield tag("span", self._say(f"service_status.{one.status}"))
            later = one.tickets_from if one.status == "too_early" else one.next_from
            if later is not None:
                yield tag("span", f" · {self._say('kiosk.next', time=self._at(later))}")

    def _at(self, moment: int) -> str:
        return time_of(moment, self._zone, today=self._view.at)

    def _say(self, key: str, **values: object) -> str:
        return text(self._language, key, **values)


def _weeks(weeks: list[branch_hours.Week], language: Language) -> Markup:
    """A row for each kind of day: which days, which services, from when to when."""
    return joined(_week(one, language) for one in weeks)


def _week(one: branch_hours.Week, language: Language) -> Markup:
    def named(day: str) -> str:
        return text(language, f"weekday.{day}")

    days = text(language, "word.and").join(
        named(first)
        if first == last
        else text(language, "home.days", first=named(first), last=named(last))
        for first, last in one.days
    )
    names = text(language, "word.and").join(name_of(name, language) for name in one.services)
    services = names or text(language, "word.all_services")
    hours = f"{one.opens}–{one.closes}"
    tickets = text(language, "home.tickets", begins=one.tickets_from, ends=one.tickets_until)
    return tag(
        "tr",
        tag("th", days, scope="row"),
        tag("td", tag("strong", hours), tag("div", services), tag("div", tickets)),
    )


def _days(days: list[branch_hours.SpecialDay], language: Language) -> Iterator[str]:
    """Days that are not as the week would have them."""
    for one in days:
        if one.like is None:
            yield text(language, "home.closed_on", date=one.date)
        else:
            like = text(language, f"weekday.{one.like}")
            yield text(language, "home.open_like", date=one.date, like=like)


def _remote(view: KioskView, config: BranchConfig, language: Language) -> Markup:
    """Numbers to be taken before coming (`remote.js`); nothing where no service has any. Also when
    there are enough for now: whoever has one finds it here again."""
    allowed = {service.id for service in config.services if service.remote}
    offered = [one for one in view.services if one.id in allowed and one.status == "open"]
    if not offered or view.day is None:
        return Markup("")
    rules = config.remote
    about = text(language, "home.remote_about", keep=rules.keep_minutes, come=rules.come_minutes)
    keys = (
        tag(
            "button",
            text(language, "home.remote_take", service=name_of(one.name, language)),
            type="button",
            data_service=one.id,
        )
        for one in offered
    )
    return tag(
        "section",
        tag("h2", text(language, "home.remote")),
        tag("p", about),
        tag("div", *keys, class_="row"),
        tag("p", "", class_="said", role="status", id="remote-told"),
        id="remote",
        hidden="hidden",
        data_branch=view.branch,
        data_day=view.day,
        data_pending=text(language, "link.pending"),
        data_failed=text(language, "home.remote_failed"),
    )


def _facts(runner: BranchRunner, language: Language, *, alone: bool) -> Markup:
    """What there is in the house, whom to call, and where to look further."""
    about = runner.published.config.about
    parts: list[str] = []
    if about.facilities:
        heading = tag("h2", text(language, "home.facilities"))
        items = listed(name_of(one, language) for one in about.facilities)
        parts.append(tag("section", heading, tag("ul", items)))
    if about.complaint_phone:
        call = tag("a", about.complaint_phone, href=f"tel:{about.complaint_phone.replace(' ', '')}")
        heading = tag("h2", text(language, "home.complaints"))
        parts.append(tag("section", heading, tag("p", call)))
    accuracy = f"{ACCURACY}?branch={runner.id}&language={language}"
    links = [tag("a", text(language, "home.accuracy"), href=accuracy)]
    if not alone:
        links.append(tag("a", text(language, "home.branches"), href=_link("/", language)))
    more = tag("h2", text(language, "home.more"))
    parts.append(tag("section", more, tag("ul", listed(links), class_="links")))
    return joined(parts)


def _link(path: str, language: Language) -> str:
    return f"{path}?lang={language}"
