"""Carries out `lobby show`, `report`, `accuracy` and `tune`, which need no server and load none.

What an operator can do something about is told in one sentence here. How a command ends is said
in `shared/arguments.py`.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from datetime import date, timedelta
from typing import Final

import msgspec

from server import show
from server.accuracy import rows
from server.accuracy import screen as accuracy_screen
from server.accuracy.figures import accuracy, weeks_before
from server.accuracy.store import FILE, reading
from server.config import load_data_folder
from server.domain.events import DayClosed
from server.journal.contract import JournalError
from server.journal.upcast import stamp_of, to_event
from server.reports import screen, tables
from server.reports.day import figures
from server.reports.fairness import fairness
from server.reports.one_day import NothingToReport, cut
from server.reports.past import past_day
from server.reports.ratings import month
from server.reports.report import Kind
from server.reports.screen_fairness import lines_of_fairness
from server.reports.screen_ratings import lines_of_month
from server.reports.screen_tune import lines_of_tuning
from server.reports.tune import tune
from server.show import NothingToShow
from shared.arguments import FINE, REFUSED
from shared.config import ConfigError
from shared.i18n import text
from shared.protocol import Words

TUNED_DAYS: Final = 28
"""Four weeks."""


def run(options: argparse.Namespace) -> int:
    """Carry out one order; the exit code."""
    orders = {
        "show": _show,
        "report day": _report_day,
        "report ratings": _report_ratings,
        "report fairness": _report_fairness,
        "accuracy": _accuracy,
        "tune": _tune,
    }
    try:
        return orders[options.order](options)
    except JournalError as error:
        sys.stderr.write(f"lobby: {error.told(options.language)}\n")
    except sqlite3.Error as error:
        sys.stderr.write(f"lobby: {text(options.language, 'accuracy.unreadable', why=error)}\n")
    except (ConfigError, NothingToShow, NothingToReport) as error:
        sys.stderr.write(f"lobby: {error}\n")
    return REFUSED


def _show(options: argparse.Namespace) -> int:
    database = options.data / load_data_folder(options.data)[0].database
    with show.opened(database) as journal:
        # What goes on is looked at in one branch; people and stations are followed by name.
        some = journal.branches() if options.follow and not options.branch else journal.streams()
        for branch in _branches_to_show(options, some):
            if options.follow:
                rows = journal.follow(branch, show.pause)
            elif options.day:
                rows = journal.day(branch, options.day)
            else:
                rows = journal.rows(branch)
            if options.json:
                lines = show.objects(branch, rows)
            else:
                lines = show.sentences(journal, branch, rows, options.language)
            for line in lines:
                _print(line, flush=options.follow)
    return FINE


def _report_day(options: argparse.Namespace) -> int:
    kind = _kind(options)
    database = options.data / load_data_folder(options.data)[0].database
    with show.opened(database) as journal:
        for branch in _branches_to_show(options, journal.branches()):
            report = figures(journal.events_of(branch, options.day), options.day, kind)
            if options.csv:
                sys.stdout.write(tables.all_in_one(report))
            elif options.json:
                _print(tables.json(report))
            else:
                _print("\n".join(screen.lines(report, options.language, text)))
    return FINE


def _report_ratings(options: argparse.Namespace) -> int:
    kind = _kind(options)
    database = options.data / load_data_folder(options.data)[0].database
    with show.opened(database) as journal:
        for branch in _branches_to_show(options, journal.branches()):
            rows = journal.rows(branch)
            report = month(((to_event(row), stamp_of(row)) for row in rows), options.month, kind)
            if options.json:
                _print(tables.json(report))
            else:
                _print("\n".join(lines_of_month(report, options.language, text)))
    return FINE


def _report_fairness(options: argparse.Namespace) -> int:
    month, kind = options.month, _kind(options)
    database = options.data / load_data_folder(options.data)[0].database
    with show.opened(database) as journal:
        for branch in _branches_to_show(options, journal.branches()):
            days = journal.days(branch, f"{month}-01", f"{month}-31")
            each = (cut(journal.events_of(branch, day), day, kind) for day in days)
            report = fairness(each, month)
            if options.json:
                _print(tables.json(report))
            else:
                _print("\n".join(lines_of_fairness(report, options.language, text)))
    return FINE


def _tune(options: argparse.Namespace) -> int:
    kind, data = _kind(options), load_data_folder(options.data)
    with show.opened(options.data / data[0].database) as journal:
        for branch in _branches_to_show(options, journal.branches()):
            last = options.last or journal.last_day(branch)
            first = (date.fromisoformat(last) - timedelta(days=TUNED_DAYS - 1)).isoformat()
            each = (
                cut(journal.events_of(branch, day), day, kind)
                for day in journal.days(branch, first, last)
            )
            closed = [one for one in each if isinstance(one.events[-1][0], DayClosed)]
            if not closed:
                raise NothingToReport(f"The journal has no closed day from {first} to {last}.")
            config = data[1].get(branch, closed[-1].config)
            report = tune(config, [past_day(one) for one in closed], kind)
            if options.json:
                _print(tables.json(report))
            else:
                _print("\n".join(lines_of_tuning(report, options.language, text)))
    return FINE


def _kind(options: argparse.Namespace) -> Kind:
    return "rehearsal" if options.rehearsal else "real"


def _accuracy(options: argparse.Namespace) -> int:
    configured = load_data_folder(options.data)[1]
    path = options.data / FILE
    if not path.is_file():
        return _nothing_known(options)
    with reading(path) as db:
        known = rows.branches(db)
        if not known:
            return _nothing_known(options)
        for branch in _branches_to_show(options, list(known)):
            last = options.last or rows.last_day(db, branch)
            first = options.first or weeks_before(last)
            kind: Kind = "rehearsal" if known[branch] else "real"
            one = accuracy(branch, kind, first, last, rows.sums(db, branch, first, last))
            config = configured.get(branch)
            if options.json:
                _print(msgspec.json.encode(one).decode())
                continue
            name = config.name if config else Words(zh=branch, en=branch)
            services = {s.id: s.name for s in config.services} if config else {}
            _print("\n".join(accuracy_screen.lines(one, name, services, options.language)))
    return FINE


def _nothing_known(options: argparse.Namespace) -> int:
    """Programs get an object for each branch: none."""
    if not options.json:
        _print(text(options.language, "accuracy.nothing"))
    return FINE


def _branches_to_show(options: argparse.Namespace, known: list[str]) -> list[str]:
    if options.branch is None:
        if options.follow and len(known) > 1:
            options.usage(f"--follow needs one --branch: {', '.join(known)}")
        return known
    if options.branch not in known:
        raise NothingToShow(f"The journal has no such branch; it has {', '.join(known)}.")
    return [options.branch]


def _print(line: str, flush: bool = True) -> None:
    sys.stdout.write(f"{line}\n")
    if flush:
        sys.stdout.flush()
