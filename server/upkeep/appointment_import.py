"""`lobby appointments import`: books a table of appointments, all of it or nothing, while no server
runs.

Each line is decided by the same rules as at a kiosk, first on a copy of the branch: where one is
refused, every wrong line is named and nothing is written. Then all of them go into the journal in
one append, and what is said of people into the vault with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from server.answers import key_of
from server.batch import Given, decide_in_turn
from server.clock import Clock
from server.config import load_data_folder, names_of
from server.domain import hours
from server.domain.commands import Configure
from server.domain.configuration import BranchConfig
from server.domain.refusals import Refusal, Refused
from server.domain.state import CLOCK, Actor, Branch
from server.durable import DurableBranch
from server.journal.sqlite import open_sqlite
from server.metrics import Metrics
from server.private import Confided, apart
from server.upkeep.appointment_lines import Line, Wrong, read
from server.upkeep.errors import CannotDo
from server.vault.keys import Keys
from server.vault.rows import PHONE
from server.vault.rows import key_of as subject_key
from server.vault.vault import Vault
from shared.i18n import LANGUAGES, say
from shared.protocol import Accepted, BookAppointment, HoldSlot

IMPORTER: Final = Actor(role="administrator", station="import", staff="import")
"""Who has booked them, in the journal."""

COLUMN_OF: Final = {"slot": "time", "appointment": "time"}
"""What a refusal points at, as the table calls it."""


class Imported(Struct, frozen=True):
    """How many were booked; or what is wrong, and then none."""

    booked: int
    wrong: tuple[Wrong, ...] = ()


def import_appointments(
    folder: Path, branch: BranchConfig, file: Path, clock: Clock, *, dry: bool
) -> Imported:
    """Book them all, or only look whether that could be done. Raises CannotDo and JournalError."""
    lines, wrong = read(file, branch)
    if wrong:
        return Imported(0, tuple(wrong))
    return asyncio.run(_import(folder, branch, lines, clock, dry=dry))


async def _import(
    folder: Path, config: BranchConfig, lines: Sequence[Line], clock: Clock, *, dry: bool
) -> Imported:
    database = folder / load_data_folder(folder)[0].database
    if not database.is_file():
        raise CannotDo("no_journal", path=database)
    journal = await open_sqlite(database)
    try:
        vault = Vault(journal, Keys.load(folder / "keys" / "vault.key"), clock.token)
        await vault.check()
        durable = DurableBranch(config, journal, vault, clock, Metrics())
        await durable.load()
        trial = _Trial(config, durable.branch, vault, clock)
        wrong = [found for line in lines if (found := await trial.book(line)) is not None]
        if wrong or dry:
            return Imported(0 if wrong else len(lines), tuple(wrong))
        carried = await durable.carry_out(trial.given)
        if carried.failure is not None:
            raise carried.failure
        assert all(isinstance(one, Accepted) for one in carried.outcomes), "as it was tried"
        return Imported(len(lines))
    finally:
        await journal.close()


class _Trial:
    """A copy of the branch on which each line is decided; `given` is what is then done in truth."""

    def __init__(self, config: BranchConfig, branch: Branch, vault: Vault, clock: Clock) -> None:
        self._branch = msgspec.json.decode(msgspec.json.encode(branch), type=Branch)
        self._vault = vault
        self._clock = clock
        self._persons: dict[str, list[str]] = {}
        # The file may have changed since the server last ran.
        self.given = [Given(Configure(config), CLOCK)]
        refused = self._decided(self.given[0])
        if isinstance(refused, Refusal):
            raise CannotDo("configuration_refused", why=type(refused).__name__)

    async def book(self, line: Line) -> Wrong | None:
        """One line; why it cannot be."""
        day = hours.local_date(self._branch.config, line.slot)
        hold = HoldSlot(
            id=self._clock.token(),
            day=day,
            service=line.service,
            slot=line.slot,
            needs=("low_counter",) if line.low_counter else (),
            language=line.language,
            speaks=line.speaks,
        )
        held = self._tried(hold, None)
        if isinstance(held, Refusal):
            return self._wrong(line, held)
        assert held.appointment is not None, "a time that is kept has an appointment"
        command = BookAppointment(
            id=self._clock.token(),
            day=day,
            appointment=held.appointment,
            name=line.said.get("name", ""),
            phone=line.said.get("phone", ""),
            mail=line.said.get("mail", ""),
            note=line.said.get("note", ""),
            amount=line.said.get("amount", ""),
        )
        try:
            bare, said = apart(command)
        except Refused as refused:
            return self._wrong(line, refused.refusal)
        confided = await self._confided(said) if said else None
        booked = self._tried(bare, confided)
        return self._wrong(line, booked) if isinstance(booked, Refusal) else None

    async def _confided(self, said: dict[str, str]) -> Confided:
        """Under a new id; with the others that have the same number, in this table too."""
        person, phone = self._vault.new_id(), said.get(PHONE, "")
        known = self._persons.setdefault(phone, [])
        if phone and not known:
            found = await self._vault.find(self._branch.id, PHONE, phone)
            known += map(subject_key, found)
        same = tuple(known) if phone else ()
        known.append(person)
        return Confided(person, said, same)

    def _tried(
        self, command: HoldSlot | BookAppointment, confided: Confided | None
    ) -> Accepted | Refusal:
        given = Given(command, IMPORTER, key_of(command, IMPORTER), confided)
        self.given.append(given)
        return self._decided(given)

    def _decided(self, given: Given) -> Accepted | Refusal:
        (decided,) = decide_in_turn(self._branch, [given], self._clock.now_ms)
        if isinstance(decided.outcome, Exception):
            raise decided.outcome
        return decided.outcome

    def _wrong(self, line: Line, refusal: Refusal) -> Wrong:
        config = self._branch.config
        said = {
            language: say(
                language,
                f"refusal.{type(refusal).__name__}",
                refusal,
                config.time_zone,
                names_of(config),
            )
            for language in LANGUAGES
        }
        field = refusal.at or "slot"
        column = COLUMN_OF.get(field, field)
        return Wrong(line.number, column, said=said)
