"""Carries out `lobby init`, `check`, `calendar`, `appointments`, `backup`, `restore` and `verify`,
and prints what came of it.

What an operator can do something about is told in one sentence here. How a command ends is said
in `shared/arguments.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from server.clock import SystemClock
from server.config import branch_files, load_data_folder
from server.journal.contract import JournalError
from server.upkeep import telling
from server.upkeep.appointment_import import import_appointments
from server.upkeep.appointments import branch_of, export, feed_links
from server.upkeep.backup import back_up, place
from server.upkeep.check import is_untouched, mistakes_in, series_alike
from server.upkeep.errors import CannotDo
from server.upkeep.findings import Noted
from server.upkeep.holidays import import_holidays
from server.upkeep.init import example, initialise, mistake_in, new_code
from server.upkeep.progress import Progress
from server.upkeep.questions import ASKED, ask, with_answer, zone_of_machine
from server.upkeep.restore import restore
from server.upkeep.verify import verify
from server.vault.errors import VaultError
from server.vault.keys import Keys
from shared.arguments import FINE, REFUSED
from shared.config import ConfigError
from shared.i18n import text


def run(options: argparse.Namespace) -> int:
    """Carry out one order; the exit code."""
    orders = {
        "init": _init,
        "check": _check,
        "calendar": _calendar,
        "appointments import": _import_appointments,
        "appointments export": _export_appointments,
        "appointments feeds": _feeds,
        "backup": _backup,
        "restore": _restore,
        "verify": _verify,
    }
    try:
        return orders[options.order](options)
    except (CannotDo, JournalError) as error:
        _complain(error.told(options.language))
    except (ConfigError, VaultError) as error:
        _complain(str(error))
    except KeyboardInterrupt:
        # Not as fine as where Ctrl-C is how one leaves: a script must not think that it is done.
        _complain(text(options.language, "upkeep.stopped"))
    return REFUSED


def _init(options: argparse.Namespace) -> int:
    clock = SystemClock()
    if options.new_code:
        code = new_code(options.data, clock)
        _print(options, code, telling.code(code, options.language))
        return FINE
    wishes = with_answer(example(), "time_zone", zone_of_machine() or "")
    open_questions = []
    for question in ASKED:
        typed = getattr(options, question)
        if typed is None:
            open_questions.append(question)
            continue
        wishes = with_answer(wishes, question, typed)
        if mistake := mistake_in(wishes):
            options.usage(f"--{question.replace('_', '-')}: expected {mistake.expected}")
    if not options.yes:
        wishes = ask(wishes, open_questions, options.language, sys.stdin.readline, _ask)
    made = initialise(options.data, wishes, clock)
    _print(options, made, telling.made(made, options.language))
    return FINE


def _check(options: argparse.Namespace) -> int:
    if not options.data.is_dir():
        raise CannotDo("no_folder", folder=options.data)
    mistakes = list(mistakes_in(options.data))
    for mistake in mistakes:
        _line(str(mistake))
    if mistakes:
        return REFUSED
    branches = text(options.language, "word.and").join(load_data_folder(options.data)[1])
    is_example = not any((options.data / "branches").glob("*.toml"))
    key = "upkeep.check.example" if is_example else "upkeep.check.fine"
    _line(text(options.language, key, branches=branches))
    for branch, one, other in series_alike(options.data):
        said = text(options.language, "upkeep.check.alike", branch=branch, one=one, other=other)
        _line(said)
    if is_untouched(options.data):
        _line(text(options.language, "upkeep.check.untouched", folder=options.data))
    return FINE


def _calendar(options: argparse.Namespace) -> int:
    load_data_folder(options.data)  # what is there already must be right
    files = {file.stem: file for file in branch_files(options.data)}
    branch = options.branch or (next(iter(files)) if len(files) == 1 else "")
    file = files.get(branch)
    if file is None or file.parent != options.data / "branches":
        raise CannotDo("no_branch_file", folder=options.data / "branches")
    imported = import_holidays(
        file, options.country, options.subdivision, options.year, options.worked_like
    )
    _print(options, imported, telling.imported(imported, options.language))
    return FINE


def _import_appointments(options: argparse.Namespace) -> int:
    branch = branch_of(options.data, options.branch)
    imported = import_appointments(
        options.data, branch, options.file, SystemClock(), dry=options.dry
    )
    _print(options, imported, telling.appointments(imported, options.dry, options.language))
    return REFUSED if imported.wrong else FINE


def _export_appointments(options: argparse.Namespace) -> int:
    branch = branch_of(options.data, options.branch)
    table = export(options.data, branch, options.first, options.last)
    # As it is: text mode would write other line ends.
    sys.stdout.flush()
    sys.stdout.buffer.write(table.encode())
    return FINE


def _feeds(options: argparse.Namespace) -> int:
    branch = branch_of(options.data, options.branch)
    links = feed_links(options.data, branch)
    _print(options, links, telling.feeds(links, options.language))
    return FINE


def _backup(options: argparse.Namespace) -> int:
    to = place(options.to, options.data)
    if options.keep and not to.is_folder:
        options.usage("--keep needs a folder: a file has no older ones beside it")
    progress = Progress(options.language)
    now_ms = SystemClock().now_ms()
    made = back_up(options.data, to, now_ms, keep=options.keep, progress=progress)
    _print(options, made, telling.backup(made, options.language))
    return FINE


def _restore(options: argparse.Namespace) -> int:
    progress = Progress(options.language)
    restored = restore(options.data, options.backup, SystemClock().now_ms(), progress=progress)
    _print(options, restored, telling.restored(restored, options.language))
    return FINE


def _verify(options: argparse.Namespace) -> int:
    path: Path = options.file or options.data / load_data_folder(options.data)[0].database
    keys = Keys.load(options.data / "keys" / "vault.key")
    noted = [Noted(*one) for one in options.noted]
    found = verify(path, keys=keys, noted=noted, progress=Progress(options.language))
    _print(options, found, telling.findings(path, found, options.language))
    return FINE if found.sound else REFUSED


# --- Output ----------------------------------------------------------------------------------


def _print(options: argparse.Namespace, told: object, lines: Iterable[str]) -> None:
    if options.json:
        lines = [telling.json(told)]
    for line in lines:
        _line(line)


def _line(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _ask(question: str) -> None:
    sys.stderr.write(question)
    sys.stderr.flush()


def _complain(sentence: str) -> None:
    sys.stderr.write(f"lobby: {sentence}\n")
