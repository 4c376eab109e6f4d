"""The file beside a journal that says who may have it open, and which journal was open last.

Whoever writes the journal's file, a server or a restore, holds it. Its content is the epoch: so a
file that was copied over the journal by hand, or the log of another one beside it, shows at once.
"""

import fcntl
import os
import re
from pathlib import Path

from server.journal.contract import JournalRefused

EPOCH = re.compile("[0-9a-f]{32}")


def lock(path: Path) -> int:
    """Keep everybody else from the journal in `path`; the file descriptor to close at the end.

    Raises JournalRefused where somebody else has it.
    """
    # Never deleted: between the deletion and the next opening two servers could hold "the" lock.
    held = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise JournalRefused("in_use", path=str(path)) from None
    except BaseException:
        os.close(held)
        raise
    return held


def check_same(held: int, path: Path, epoch: str) -> None:
    """Refuse another journal than the one that was open here last, and remember this one."""
    last = os.pread(held, 100, 0).decode("ascii", "replace").strip()
    if EPOCH.fullmatch(last) and last != epoch:
        raise JournalRefused("not_the_one", path=str(path))
    remember(held, epoch)


def remember(held: int, epoch: str) -> None:
    """Write down which journal is open here; durable on return."""
    os.pwrite(held, f"{epoch}\n".encode(), 0)
    # After a power cut nothing may be remembered, but never the one before: a journal that was
    # restored a moment ago would be refused for another one's.
    os.fsync(held)
