"""Everything that must hold before a journal file is used, and the making of a new one.

Each check runs before anything that could write to the file, so what is refused stays as it was.
Plain functions, run in order by `sqlite.open_sqlite`: `claim`, `check`, `take_over`.
"""

import os
import secrets  # noqa: TID251 - names the file and its owner; decides nothing, so need not replay
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from server.journal.contract import JournalRefused
from server.journal.sqlite_errors import Damaged
from server.journal.sqlite_lock import EPOCH, lock
from server.journal.sqlite_rows import check_tails

APPLICATION_ID = 0x4C4F4242  # "LOBB"
TAIL_ROWS = 100  # per branch: where a power cut or a careless restore shows; a full check is apart

_MAGIC = b"SQLite format 3\0"
# What each version has added, the first one first. A table once published never changes.
_NAMES = ("schema.sql", "private.sql", "outbox.sql")
_SCHEMA = [Path(__file__).with_name(name) for name in _NAMES]
VERSION = len(_SCHEMA)

_SETTINGS = {
    "trusted_schema": 0,
    "cell_size_check": 1,
    "temp_store": 2,  # memory
}
_WRITER_SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,  # full: an answer that was given survives a power cut
    "foreign_keys": 1,
    "secure_delete": 1,  # what is freed is overwritten with zeros
    "journal_size_limit": 64 * 1024 * 1024,
    "wal_autocheckpoint": 1000,
}
# Last: while opening, a shorter one holds, so that a file held by others is refused at once.
_PATIENCE = {"busy_timeout": 5000}

_LOG_HEADER, _FRAME_HEADER = 32, 24
_PAGE_SIZES = frozenset(1 << n for n in range(9, 17))

# Locks there are promises of another machine, and shared memory, which the log needs, is none.
NETWORK_FILESYSTEMS = frozenset(
    """
    9p afs ceph cifs davfs fuse.ceph fuse.davfs2 fuse.glusterfs fuse.rclone fuse.s3fs fuse.sshfs
    glusterfs lustre ncpfs nfs nfs4 smb2 smb3 smbfs vboxsf
    """.split()
)


def claim(path: Path) -> int:
    """Make sure that this is a place for a journal, that it is ours alone and of our kind.

    Returns the lock, a file descriptor to close at the very end. Makes the file if there is none.
    """
    check_place(path)
    # Before the file is opened even to look at it: closing any descriptor of a database drops the
    # locks that SQLite holds on it in this process.
    held = lock(path)
    try:
        if restored_beside(path).exists():
            raise JournalRefused("half_restored", path=str(path))
        if path.exists():
            _check_header(path)
        else:
            _create(path)
    except BaseException:
        os.close(held)
        raise
    return held


def check(db: sqlite3.Connection, path: Path) -> str:
    """Look at the content through a read-only connection; returns the epoch."""
    epoch = look(db, path)
    check_tails(db, TAIL_ROWS)
    _set(db, path, _PATIENCE)
    return epoch


def look(db: sqlite3.Connection, path: Path) -> str:
    """Make sure that this is a journal at all, whatever its rows may be; returns the epoch."""
    _check_kind(db, path)
    _set(db, path, _SETTINGS)
    version = _check_version(path, _pragma(db, "user_version"))
    with closing(sqlite3.connect(":memory:")) as pattern:
        for added in _SCHEMA[:version]:
            pattern.executescript(added.read_text())
        # Other tables beside ours are not our business.
        if not _tables(pattern).items() <= _tables(db).items():
            raise Damaged("its tables are not those of a journal")
    epoch = db.execute("SELECT epoch FROM journal").fetchone()
    if not epoch or not isinstance(epoch[0], str) or not EPOCH.fullmatch(epoch[0]):
        raise Damaged("its epoch cannot be read")
    return epoch[0]


def take_over(db: sqlite3.Connection, path: Path, max_pages: int | None) -> str:
    """Prepare the write connection and sign the file; returns the signature of this instance."""
    _set(db, path, _SETTINGS | _WRITER_SETTINGS)
    if max_pages is not None:
        _pragma(db, f"max_page_count={max_pages}")
    _lift(db)
    instance = secrets.token_hex(16)
    # The lock file can be deleted by hand; whoever then starts second wins here, and the first
    # finds in its next transaction that it may no longer write.
    db.execute("UPDATE journal SET instance = ?", (instance,))
    _set(db, path, _PATIENCE)
    return instance


def new_epoch() -> str:
    """What tells a journal, or what became of it by a restore, from every other."""
    return secrets.token_hex(16)


def restored_beside(path: Path) -> Path:
    """Where a restore keeps what is to become the journal, while it swaps the two."""
    return path.with_name(f"{path.name}.restored")


def network_filesystem(device: int, mountinfo: str) -> str | None:
    """Its type, if the device (st_dev) is one; `mountinfo` as in /proc/self/mountinfo."""
    kind = filesystem(device, mountinfo)
    return kind if kind in NETWORK_FILESYSTEMS else None


def filesystem(device: int, mountinfo: str) -> str | None:
    """The type of the file system with that st_dev; None when it is not listed."""
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        if wanted in mount.split()[2:3]:
            return source.split()[0]
    return None


def check_place(path: Path) -> None:
    """Refuse a place where no journal can be kept."""
    if path.is_dir():
        raise JournalRefused("is_a_directory", path=str(path))
    if not path.parent.is_dir():
        raise JournalRefused("missing_folder", path=str(path), folder=str(path.parent))
    mountinfo = Path("/proc/self/mountinfo")
    if not mountinfo.exists():  # not Linux: we cannot tell
        return
    kind = network_filesystem(path.parent.stat().st_dev, mountinfo.read_text(errors="replace"))
    if kind:
        raise JournalRefused("network_filesystem", path=str(path), kind=kind)


def _check_header(path: Path) -> None:
    """By eye, not by SQLite, which would take an empty or a foreign file and begin to use it."""
    if not path.is_file():
        raise JournalRefused("not_a_journal", path=str(path))
    # For writing too, and not to write: SQLite would silently make do with reading.
    with path.open("r+b") as file:
        header = file.read(100)
    if not header:
        raise Damaged("it is empty")
    if not _is_ours(header):
        # The power may have failed while the first page was being written back from the log:
        # the log has it still, and SQLite takes it from there.
        header = _first_page_in_log(path)
    if not _is_ours(header):
        raise JournalRefused("not_a_journal", path=str(path))
    _check_version(path, int.from_bytes(header[60:64], "big"))


def _is_ours(header: bytes) -> bool:
    ours = APPLICATION_ID.to_bytes(4, "big")
    return header[: len(_MAGIC)] == _MAGIC and header[68:72] == ours


def _first_page_in_log(path: Path) -> bytes:
    """The newest first page in the log beside the file, whether SQLite will take it or not; b""
    where there is none. (The format: sqlite.org/fileformat2.html, "The Write-Ahead Log".)"""
    log, found = path.with_name(f"{path.name}-wal"), b""
    if not log.is_file():
        return found
    with log.open("rb") as file:
        page_size = int.from_bytes(file.read(_LOG_HEADER)[8:12], "big")
        if page_size not in _PAGE_SIZES:
            return found
        while len(frame := file.read(_FRAME_HEADER + page_size)) == _FRAME_HEADER + page_size:
            if frame[:4] == b"\x00\x00\x00\x01":
                found = frame[_FRAME_HEADER:]
    return found


def _check_kind(db: sqlite3.Connection, path: Path) -> None:
    """By SQLite: closing a file opened by eye would drop the locks of a server in this process."""
    try:
        if _pragma(db, "application_id") == APPLICATION_ID:
            return
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
    if path.stat().st_size == 0:
        raise Damaged("it is empty")
    raise JournalRefused("not_a_journal", path=str(path))


def _check_version(path: Path, found: object) -> int:
    if not isinstance(found, int) or found < 1:
        raise Damaged("its version cannot be read")
    if found > VERSION:
        raise JournalRefused("newer_version", path=str(path), found=found, known=VERSION)
    return found


def _create(path: Path) -> None:
    """Make it whole under another name first: a journal is there entirely or not at all."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Damaged(f"the file itself is missing, but {log.name} is there")
    new = path.with_name(f"{path.name}.new")
    for leftover in ("", "-journal", "-wal", "-shm"):
        new.with_name(new.name + leftover).unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        _pragma(db, "synchronous=off")  # synced below, once, as a whole
        for added in _SCHEMA:
            db.executescript(added.read_text())
        db.execute("INSERT INTO journal VALUES (1, ?, '')", (new_epoch(),))
        _pragma(db, f"application_id={APPLICATION_ID}")
        _pragma(db, f"user_version={VERSION}")
        _pragma(db, "journal_mode=wal")
    sync(new)
    new.rename(path)
    sync(path.parent)


def _lift(db: sqlite3.Connection) -> None:
    """Give a file of an earlier version what it lacks; each step wholly or not at all."""
    (found,) = db.execute("PRAGMA user_version").fetchone()
    for version, added in enumerate(_SCHEMA[found:], start=found + 1):
        db.executescript(
            f"BEGIN IMMEDIATE; {added.read_text()}; PRAGMA user_version={version}; COMMIT"
        )


def sync(path: Path) -> None:
    """Make a file, or what a folder lists, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set(db: sqlite3.Connection, path: Path, settings: Mapping[str, object]) -> None:
    """SQLite ignores what it does not know or cannot do: only reading back tells."""
    for setting, wanted in settings.items():
        _pragma(db, f"{setting}={wanted}")
        found = _pragma(db, setting)
        if found != wanted:
            raise JournalRefused(
                "setting_refused", path=str(path), setting=setting, wanted=wanted, found=found
            )


def _pragma(db: sqlite3.Connection, pragma: str) -> object:
    row = db.execute(f"PRAGMA {pragma}").fetchone()
    return row[0] if row else None


def _tables(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: db.execute("SELECT * FROM pragma_table_info(?)", (name,)).fetchall() for name in names
    }
