"""What a disk holds after the power was cut: all that was synced, of the rest whatever it likes.

A `Recorder` keeps a tape of what SQLite does to its files. A `Disk` plays the tape up to any
moment and then loses power there. As with a real disk, what was synced stays. What was not may be
there, or not, or half: in any order, sector by sector, torn at any byte, garbled, or as zeros
where the file has grown; a new name may be gone, a deleted one be back.

Assumed, as SQLite does: the disk does not lie about a sync, and writing one byte leaves those
beside it alone. The shared memory of the log (`-shm`) is never synced and survives as anything.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from bench.vfs import CANNOT_SYNC, FULL, OK

SECTOR_BYTES: Final = 512
SYNC_SECONDS: Final = 0.005
SHARED_MEMORY: Final = "-shm"
SHARED_MEMORY_BYTES: Final = 32_768


class Opened(Struct, frozen=True, tag=True, array_like=True):
    """A file; `created`: it was not there before."""

    name: str
    created: bool


class Written(Struct, frozen=True, tag=True, array_like=True):
    """Bytes on their way."""

    name: str
    offset: int
    data: bytes


class Truncated(Struct, frozen=True, tag=True, array_like=True):
    """A file made shorter (or longer, with zeros)."""

    name: str
    size: int


class Synced(Struct, frozen=True, tag=True, array_like=True):
    """All of a file has arrived, its name included."""

    name: str


class Deleted(Struct, frozen=True, tag=True, array_like=True):
    """A name on its way out."""

    name: str


class Noted(Struct, frozen=True, tag=True, array_like=True):
    """What a test wants to remember of this moment."""

    what: str


Record: TypeAlias = Opened | Written | Truncated | Synced | Deleted | Noted

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Record).decode
_LENGTH_BYTES: Final = 4


# --- Recording -------------------------------------------------------------------------------


class Recorder:
    """A watcher (`bench/vfs.py`) that lets everything happen and keeps a tape of it."""

    def __init__(self) -> None:
        self.tape: list[Record] = []

    def opened(self, path: Path, *, created: bool) -> None:
        self.keep(Opened(path.name, created))

    def write(self, path: Path, offset: int, data: bytes) -> int:
        self.keep(Written(path.name, offset, data))
        return OK

    def truncate(self, path: Path, size: int) -> int:
        self.keep(Truncated(path.name, size))
        return OK

    def sync(self, path: Path) -> int:  # noqa: ARG002 - as every watcher is asked
        return OK

    def synced(self, path: Path) -> None:
        self.keep(Synced(path.name))

    def delete(self, path: Path) -> int:
        self.keep(Deleted(path.name))
        return OK

    def note(self, what: str) -> None:
        """Remember that this has happened by now."""
        self.keep(Noted(what))

    def keep(self, record: Record) -> None:
        """The only way onto the tape."""
        self.tape.append(record)


class FileRecorder(Recorder):
    """Its tape is a file, which outlives a SIGKILL. Each write is told before it is done and each
    sync after: a tape that ends too soon never promises too much.

    Syncs as slowly as a disk that turns, so that a power cut more often meets one that is under
    way.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)

    def sync(self, path: Path) -> int:
        time.sleep(SYNC_SECONDS)
        return super().sync(path)

    def keep(self, record: Record) -> None:
        data = _encode(record)
        os.write(self._file, len(data).to_bytes(_LENGTH_BYTES, "big") + data)


def tape_in(path: Path) -> Iterator[Record]:
    """What a `FileRecorder` has kept; a last record that is not whole did not happen."""
    data, place = path.read_bytes(), 0
    while place + _LENGTH_BYTES <= len(data):
        begin = place + _LENGTH_BYTES
        place = begin + int.from_bytes(data[place:begin], "big")
        if place <= len(data):
            yield _decode(data[begin:place])


# --- Disks that fail -------------------------------------------------------------------------


class SmallDisk(Recorder):
    """A disk with room for so many bytes more; None: enough. Keeps no tape."""

    def __init__(self, room_bytes: int | None = None) -> None:
        super().__init__()
        self.room_bytes = room_bytes
        self.refused = 0

    def write(self, path: Path, offset: int, data: bytes) -> int:
        grows_by = max(0, offset + len(data) - (path.stat().st_size if path.exists() else 0))
        if self.room_bytes is None or not grows_by:
            return OK
        if grows_by > self.room_bytes:
            self.refused += 1
            return FULL
        self.room_bytes -= grows_by
        return OK

    def keep(self, record: Record) -> None:
        pass


class BrokenDisk(Recorder):
    """A disk that fails to sync once, at the sync of that number from now. Keeps no tape."""

    def __init__(self, at_sync: int) -> None:
        super().__init__()
        self._left = at_sync

    def sync(self, path: Path) -> int:
        self._left -= 1
        return CANNOT_SYNC if self._left == 0 else super().sync(path)

    def keep(self, record: Record) -> None:
        pass


# --- Losing power ----------------------------------------------------------------------------

Fate: TypeAlias = Literal["nothing", "everything", "torn", "sectors", "garbled"]
"""What becomes of the writes that were not synced: none arrived; all of them; all up to a byte in
one of them; any of their sectors; the same, and some sectors are garbage."""

FATES: Final[tuple[Fate, ...]] = ("nothing", "everything", "torn", "sectors", "garbled")


class _File:
    """One name: what has arrived for certain, and what is on its way."""

    def __init__(self, content: bytes | None) -> None:
        self.durable = None if content is None else bytearray(content)
        self.pending: list[Written | Truncated] = []
        self.name_pending = False
        self.before: bytes | None = None  # what is found if the change of the name is lost

    def created(self) -> None:
        self._rename(bytearray())

    def deleted(self) -> None:
        self._rename(None)

    def _rename(self, content: bytearray | None) -> None:
        if not self.name_pending:
            self.before = None if self.durable is None else bytes(self.durable)
        self.durable, self.pending, self.name_pending = content, [], True

    def synced(self) -> None:
        if self.durable is None:
            return
        for change in self.pending:
            _apply(self.durable, change)
        self.pending = []
        self.name_pending = False

    def after(self, fate: Fate, chance: random.Random) -> bytes | None:
        """What is there then."""
        if self.name_pending and fate != "everything" and chance.random() < 0.5:
            return self.before
        if self.durable is None:
            return None
        content = bytearray(self.durable)
        match fate:
            case "nothing":
                pass
            case "everything":
                for change in self.pending:
                    _apply(content, change)
            case "torn":
                self._tear(content, chance)
            case "sectors" | "garbled":
                self._scatter(content, chance, garbage=0.1 if fate == "garbled" else 0.0)
        return bytes(content)

    def _tear(self, content: bytearray, chance: random.Random) -> None:
        whole = chance.randint(0, len(self.pending))
        for change in self.pending[:whole]:
            _apply(content, change)
        if whole < len(self.pending) and isinstance(last := self.pending[whole], Written):
            kept = last.data[: chance.randint(0, len(last.data))]
            _apply(content, Written(last.name, last.offset, kept))

    def _scatter(self, content: bytearray, chance: random.Random, garbage: float) -> None:
        arrives = chance.choice((0.1, 0.5, 0.9))
        if chance.random() < 0.5:  # the file's new length has arrived, whatever else has
            ends = [c.offset + len(c.data) for c in self.pending if isinstance(c, Written)]
            content.extend(bytes(max(0, max(ends, default=0) - len(content))))
        for change in self.pending:
            for part in _sectors(change):
                if chance.random() < arrives:
                    _apply(content, part)
                elif isinstance(part, Written) and chance.random() < garbage:
                    noise = chance.randbytes(len(part.data))
                    _apply(content, Written(part.name, part.offset, noise))


class Disk:
    """The files of one folder whose names begin alike, as they were when the tape began."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._stem = stem
        there = {name: folder / name for name in (stem, f"{stem}-wal", f"{stem}-journal")}
        self._files = {
            name: _File(path.read_bytes()) for name, path in there.items() if path.exists()
        }

    def play(self, tape: Iterable[Record]) -> None:
        """Let all of this happen."""
        for record in tape:
            if not isinstance(record, Noted):
                self._do(record)

    def _do(self, record: Opened | Written | Truncated | Synced | Deleted) -> None:
        file = self._files.setdefault(record.name, _File(None))
        match record:
            case Opened(created=True):
                file.created()
            case Opened():
                assert file.durable is not None, f"{record.name} was made behind our back"
            case Written() | Truncated():
                file.pending.append(record)
            case Synced():
                new = file.name_pending
                file.synced()
                if new:  # with the first sync of a new file goes one of its folder
                    self._folder_synced()
            case Deleted():
                file.deleted()

    def _folder_synced(self) -> None:
        for file in self._files.values():
            file.name_pending = False

    @property
    def is_behind(self) -> bool:
        """Whether something was written that has not been synced."""
        return any(file.pending or file.name_pending for file in self._files.values())

    def lose_power(self, folder: Path, chance: random.Random, fate: Fate | None = None) -> None:
        """Leave in the folder what would be found there when the power is back. Every file has a
        fate of its own, unless one is given."""
        for name, file in self._files.items():
            content = file.after(chance.choice(FATES) if fate is None else fate, chance)
            with suppress(FileNotFoundError):
                (folder / name).unlink()
            if content is not None:
                (folder / name).write_bytes(content)
        self._leave_shared_memory(folder / f"{self._stem}{SHARED_MEMORY}", chance)

    def _leave_shared_memory(self, path: Path, chance: random.Random) -> None:
        with suppress(FileNotFoundError):
            path.unlink()
        match chance.randrange(3):
            case 0:
                path.write_bytes(bytes(SHARED_MEMORY_BYTES))
            case 1:
                path.write_bytes(chance.randbytes(SHARED_MEMORY_BYTES))
            case _:
                pass


def _apply(content: bytearray, change: Written | Truncated) -> None:
    if isinstance(change, Truncated):
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    content.extend(bytes(max(0, change.offset - len(content))))
    content[change.offset : change.offset + len(change.data)] = change.data


def _sectors(change: Written | Truncated) -> Iterator[Written | Truncated]:
    """The change in pieces none of which reaches over the edge of a sector."""
    if isinstance(change, Truncated):
        yield change
        return
    begin, end = change.offset, change.offset + len(change.data)
    edges = range(begin - begin % SECTOR_BYTES + SECTOR_BYTES, end, SECTOR_BYTES)
    for first, last in zip((begin, *edges), (*edges, end), strict=True):
        data = change.data[first - change.offset : last - change.offset]
        yield Written(change.name, first, data)
