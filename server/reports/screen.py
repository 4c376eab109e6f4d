"""The report for a terminal: lines of at most 80 cells, in Chinese or English.

Sentences are looked up by whoever calls (`text` is `shared.i18n.text`): this package reads no
files. What is zero all day is left out where nobody would miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.reports.columns import duration, percent, table
from server.reports.report import CounterTime, DayReport, Endings, Spread, Tickets, Times, Work
from server.reports.screen_ratings import section as rating_section
from server.reports.words import Text
from shared.columns import fit
from shared.protocol import Language, Words

WIDTH = 80

ENDINGS = ("issued", "done", "left", "given_up", "unserved", "here")
SPREADS = ("wait", "transfer_wait", "walk", "serve", "wrap_up")
MEANS = ("called", "missed", "finished", "wait", "on_time", "walk", "serve", "wrap_up")
DOINGS = ("open", "calling", "serving", "wrap_up", "idle_waiting", "idle_alone", "paused")


def lines(report: DayReport, language: Language, text: Text) -> list[str]:
    """The whole report."""
    return [fit(line, WIDTH).rstrip() for line in _Page(report, language, text).lines()]


class _Page:
    def __init__(self, report: DayReport, language: Language, text: Text) -> None:
        self.report = report
        self.language = language
        self.text = text
        self.zone = ZoneInfo(report.time_zone)

    def lines(self) -> Iterator[str]:
        """Section by section, an empty line between them."""
        yield from self._heading()
        for section in (
            self._tickets(),
            self._spreads(),
            self._means(),
            self._time(),
            self._stretches(),
            self._quarters(),
            self._duty(),
            self._alerts(),
            self._ratings(),
            self._requests(),
            *self._reasons(),
        ):
            if section:
                yield from ("", *section)

    # --- Sections --------------------------------------------------------------------------------

    def _heading(self) -> Iterator[str]:
        report = self.report
        yield self._say("title", name=self._name(report.name, report.branch), day=report.day)
        if report.kind == "rehearsal":
            yield self._say("rehearsal")
        state = "open" if report.closed_at is None else "late" if report.late else "closed"
        until = self._clock(report.until)
        yield self._say(f"day.{state}", opened=self._clock(report.opened_at), until=until)
        if report.practice:
            yield self._say("practice", n=report.practice)
        yield self._say("units")

    def _tickets(self) -> list[str]:
        whole = self.report.tickets
        rows = [[self._say("all"), *_counts(whole)]]
        rows += [[label, *_counts(part)] for label, part in self._splits_of_tickets()]
        return [
            *table(self._heads("tickets", *ENDINGS), rows, (22, *[8] * 6)),
            self._say("done_where", served=whole.served, at_machine=whole.at_machine),
            self._say(
                "among",
                missed=whole.missed,
                transferred=whole.transferred,
                handwritten=whole.handwritten,
            ),
            *self._from_afar(whole),
        ]

    def _from_afar(self, whole: Tickets) -> Iterator[str]:
        if whole.remote:
            yield self._say("remote", n=whole.remote, not_come=whole.not_come)

    def _splits_of_tickets(self) -> Iterator[tuple[str, Endings]]:
        for service in self.report.services:
            yield self._label(service.service, service.name), service.tickets
        for lane in self.report.lanes:
            yield self.text(self.language, f"lane.{lane.lane}"), lane.tickets

    def _spreads(self) -> list[str]:
        spreads = [(name, getattr(self.report.work, name)) for name in SPREADS]
        rows = [[self._say(name), *_spread(spread)] for name, spread in spreads]
        heads = self._heads("times", "n", "mean", "median", "p90", "p95", "max")
        return table(heads, rows, (26, *[7] * 6))

    def _means(self) -> list[str]:
        rows = [[label, *_means(work)] for label, work in self._splits_of_work()]
        return table(self._heads("means", *MEANS), rows, (16, 6, 6, 8, 7, 7, 7, 7, 7))

    def _splits_of_work(self) -> Iterator[tuple[str, Work]]:
        report = self.report
        yield self._say("all"), report.work
        for service in report.services:
            yield self._label(service.service, service.name), service.work
        for lane in report.lanes:
            yield self.text(self.language, f"lane.{lane.lane}"), lane.work
        for counter in report.counters:
            yield self._label(str(counter.counter), counter.name), counter.work
        for teller in report.tellers:
            yield teller.staff or self._say("nobody"), teller.work

    def _time(self) -> list[str]:
        rows = [[label, *_doings(time)] for label, time in self._splits_of_time()]
        heads = self._heads("counter_time", *DOINGS, "help")
        return [*table(heads, rows, (16, *[7] * 8)), self._say("idle_note")]

    def _splits_of_time(self) -> Iterator[tuple[str, CounterTime]]:
        yield self._say("all"), self.report.time
        for counter in self.report.counters:
            if counter.time.open_ms or counter.time.paused_ms:
                yield self._label(str(counter.counter), counter.name), counter.time
        for teller in self.report.tellers:
            yield teller.staff or self._say("nobody"), teller.time

    def _stretches(self) -> list[str]:
        time = self.report.time
        stretches = {
            **{f"pause_reason.{reason}": pause for reason, pause in time.pauses.items()},
            **{f"help_kind.{kind}": help_ for kind, help_ in time.help.items()},
        }
        rows = [
            [self.text(self.language, key), str(stretch.times), duration(stretch.ms)]
            for key, stretch in stretches.items()
            if stretch.times
        ]
        return table(self._heads("pauses", "n", "ms"), rows, (26, 7, 8)) if rows else []

    def _quarters(self) -> list[str]:
        rows = [
            [q.start, str(q.arrivals), str(q.calls), str(q.line), duration(q.mean_wait_ms)]
            for q in self.report.quarters
        ]
        heads = self._heads("quarters", "arrivals", "calls", "line", "mean_wait")
        return table(heads, rows, (26, *[9] * 4)) if rows else []

    def _duty(self) -> list[str]:
        duty = self.report.duty
        if not duty.required or not duty.public_ms:
            return []
        public, covered = duration(duty.public_ms), duration(duty.covered_ms)
        cover = percent(duty.cover)
        return [
            self._say("duty", public=public, covered=covered, cover=cover),
            *(
                self._say("gap", since=self._clock(gap.since), until=self._clock(gap.until))
                for gap in duty.gaps
            ),
        ]

    def _alerts(self) -> list[str]:
        rows = [
            [
                self.text(self.language, f"alert_kind.{one.kind}"),
                *map(str, (one.raised, one.closed, one.ceased, one.open)),
                duration(one.to_close.mean_ms),
            ]
            for one in self.report.alert_kinds
        ]
        heads = self._heads("alerts", "raised", "closed", "ceased", "still_open", "to_close")
        return table(heads, rows, (34, 7, 7, 7, 7, 9)) if rows else []

    def _ratings(self) -> list[str]:
        report = self.report
        return rating_section(
            (self.language, self.text),
            report.ratings,
            report.ratings_by_counter,
            report.ratings_by_teller,
            report.rating_reasons,
        )

    def _requests(self) -> list[str]:
        wanted = self.report.requests
        if not wanted.taken_up and not wanted.closed and not wanted.escalated:
            return []
        rows = [
            [
                f"{one.number} {self.text(self.language, f'request_kind.{one.kind}')}".strip(),
                one.owner,
                self._clock(one.at),
            ]
            for one in self.report.requests_open
        ]
        told = self._say(
            "request.told",
            taken_up=wanted.taken_up,
            escalated=wanted.escalated,
            closed=wanted.closed,
            open=wanted.open,
        )
        heads = [self._say(f"request.{head}") for head in ("title", "owner", "since")]
        return [told, *(table(heads, rows, (38, 24, 12)) if rows else [])]

    def _reasons(self) -> Iterator[list[str]]:
        report = self.report
        yield self._times("rules", "call_rule", report.rules)
        yield self._times("interventions", "command", report.interventions)
        yield self._times("overrides", "command", report.overrides)
        yield self._times("undone", "action", report.undone)

    def _times(self, head: str, vocabulary: str, times: Sequence[Times]) -> list[str]:
        rows = []
        for one in times:
            name = self.text(self.language, f"{vocabulary}.{one.name}")
            reason = self.text(self.language, f"reason.{one.reason}") if one.reason else ""
            rows.append([fit(name, 34) + reason, str(one.times)])
        return table(self._heads(head, "n"), rows, (68, 7)) if rows else []

    # --- Words -----------------------------------------------------------------------------------

    def _say(self, key: str, **values: object) -> str:
        return self.text(self.language, f"report.{key}", **values)

    def _heads(self, *keys: str) -> list[str]:
        return [self._say(key) for key in keys]

    def _name(self, name: Words, otherwise: str) -> str:
        return getattr(name, self.language) or otherwise

    def _label(self, key: str, name: Words) -> str:
        return f"{key} {self._name(name, '')}"

    def _clock(self, at: int) -> str:
        moment = datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(self.zone)
        on_the_day = moment.date().isoformat() == self.report.day
        return moment.strftime("%H:%M" if on_the_day else "%m-%d %H:%M")


# --- Cells -----------------------------------------------------------------------------------


def _counts(tickets: Tickets | Endings) -> Iterable[str]:
    return (str(getattr(tickets, name)) for name in ENDINGS)


def _spread(spread: Spread) -> Iterable[str]:
    times = (spread.mean_ms, spread.median_ms, spread.p90_ms, spread.p95_ms, spread.max_ms)
    return (str(spread.n), *map(duration, times))


def _means(work: Work) -> Iterable[str]:
    yield from map(str, (work.called, work.missed, work.finished))
    yield duration(work.wait.mean_ms)
    yield percent(work.on_time.share)
    for spread in (work.walk, work.serve, work.wrap_up):
        yield duration(spread.mean_ms)


def _doings(time: CounterTime) -> Iterable[str]:
    yield from (duration(getattr(time, f"{name}_ms")) for name in DOINGS)
    yield duration(sum(help_.ms for help_ in time.help.values()))
