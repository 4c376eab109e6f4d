"""Stands between SQLite and the files: hears of every write and every sync, and may forbid them.

SQLite asks for files through a table of functions, its VFS, which may be replaced while a program
runs. `watching` puts a copy of that table in its place in which opening, writing, cutting, syncing
and deleting pass by a watcher first; everything else, the locks above all, stays as it was. So
nothing has to be compiled or mounted, and the journal under test is the one that is shipped.

What is made of it (what a disk would hold after a power cut, a disk without room) is left to
`bench/disk.py`. A Python whose SQLite hides its functions cannot do this: see `can_watch`.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

OK: Final = 0
FULL: Final = 13
CANNOT_SYNC: Final = 10 | 4 << 8
CANNOT_WRITE: Final = 10 | 3 << 8

_NAME: Final = b"lobby-watched"
_WATCHED_KINDS: Final = 0x100 | 0x800 | 0x80000  # the database, its rollback journal, its log


class Watcher(Protocol):
    """What is told, on the thread that does it. What is asked before something is done answers OK,
    or the error that SQLite gets instead."""

    def opened(self, path: Path, *, created: bool) -> None:
        """A file was opened; `created`: it was not there before."""

    def write(self, path: Path, offset: int, data: bytes) -> int:
        """Before these bytes are written there."""

    def truncate(self, path: Path, size: int) -> int:
        """Before the file is cut to so many bytes."""

    def sync(self, path: Path) -> int:
        """Before the file is synced."""

    def synced(self, path: Path) -> None:
        """What was written to it is on the disk, and so is its name if it was new."""

    def delete(self, path: Path) -> int:
        """Before the file is deleted."""


# --- SQLite's tables of functions (sqlite3.h) ------------------------------------------------

_XClose = CFUNCTYPE(c_int, c_void_p)
_XWrite = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_XTruncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_XSync = CFUNCTYPE(c_int, c_void_p, c_int)
_XOpen = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_XDelete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)


class _Methods(Structure):
    """sqlite3_io_methods: what can be done with an open file."""

    _fields_ = (
        ("iVersion", c_int),
        ("xClose", _XClose),
        ("xRead", c_void_p),
        ("xWrite", _XWrite),
        ("xTruncate", _XTruncate),
        ("xSync", _XSync),
        *((name, c_void_p) for name in "xFileSize xLock xUnlock xCheckReservedLock".split()),
        *((name, c_void_p) for name in "xFileControl xSectorSize xDeviceCharacteristics".split()),
        *((name, c_void_p) for name in "xShmMap xShmLock xShmBarrier xShmUnmap".split()),
        *((name, c_void_p) for name in "xFetch xUnfetch".split()),
    )


class _File(Structure):
    """sqlite3_file: an open file begins with its methods; the rest is the VFS's own."""

    _fields_ = (("pMethods", POINTER(_Methods)),)


class _Vfs(Structure):
    """sqlite3_vfs: what can be done with names of files."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", _XOpen),
        ("xDelete", _XDelete),
        *((name, c_void_p) for name in "xAccess xFullPathname xDlOpen xDlError xDlSym".split()),
        *((name, c_void_p) for name in "xDlClose xRandomness xSleep xCurrentTime".split()),
        *((name, c_void_p) for name in "xGetLastError xCurrentTimeInt64 xSetSystemCall".split()),
        *((name, c_void_p) for name in "xGetSystemCall xNextSystemCall".split()),
    )


@cache
def _library() -> Any:
    """The very library that Python's own module works with."""
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = POINTER(_Vfs)
    library.sqlite3_vfs_find.argtypes = [c_char_p]
    library.sqlite3_vfs_register.argtypes = [POINTER(_Vfs), c_int]
    library.sqlite3_vfs_unregister.argtypes = [POINTER(_Vfs)]
    return library


def can_watch() -> bool:
    """Whether this Python lets us: not where SQLite is a hidden part of the interpreter."""
    try:
        return bool(_library().sqlite3_vfs_find(None))
    except (AttributeError, OSError):
        return False


# --- Watching --------------------------------------------------------------------------------


class _Watched:
    """One table in the place of SQLite's own; it must live as long as any file it has opened."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._usual = _library().sqlite3_vfs_find(None)
        self._files: dict[int, tuple[Path, _Methods]] = {}
        self._methods: dict[int, _Methods] = {}
        self.table = _Vfs()
        ctypes.pointer(self.table)[0] = self._usual.contents
        self.table.pNext = None
        self.table.zName = _NAME
        self._kept: list[Any] = []
        self.table.xOpen = self._keep(_XOpen(self._open))
        self.table.xDelete = self._keep(_XDelete(self._delete))

    def _keep(self, function: Any) -> Any:
        # ctypes keeps no reference to a function that is handed over.
        self._kept.append(function)
        return function

    def _open(self, _vfs: int, name: int, file: int, flags: int, out: int) -> int:
        path = Path(os.fsdecode(ctypes.string_at(name))) if name else None
        watched = path is not None and bool(flags & _WATCHED_KINDS)
        there = path is not None and path.exists()
        code: int = self._usual.contents.xOpen(
            ctypes.cast(self._usual, c_void_p), name, file, flags, out
        )
        if code != OK or path is None or not watched:
            return code
        opened = ctypes.cast(file, POINTER(_File)).contents
        self._files[file] = path, opened.pMethods.contents
        opened.pMethods = ctypes.pointer(self._watched_methods(opened.pMethods.contents))
        self._watcher.opened(path, created=not there)
        return OK

    def _watched_methods(self, usual: _Methods) -> _Methods:
        address = ctypes.addressof(usual)
        if address not in self._methods:
            methods = self._methods[address] = _Methods.from_buffer_copy(usual)
            methods.xClose = self._keep(_XClose(self._close))
            methods.xWrite = self._keep(_XWrite(self._write))
            methods.xTruncate = self._keep(_XTruncate(self._truncate))
            methods.xSync = self._keep(_XSync(self._sync))
        return self._methods[address]

    def _close(self, file: int) -> int:
        _, usual = self._files.pop(file)
        return int(usual.xClose(file))

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        path, usual = self._files[file]
        code = self._watcher.write(path, offset, ctypes.string_at(data, size))
        return code or int(usual.xWrite(file, data, size, offset))

    def _truncate(self, file: int, size: int) -> int:
        path, usual = self._files[file]
        return self._watcher.truncate(path, size) or int(usual.xTruncate(file, size))

    def _sync(self, file: int, flags: int) -> int:
        path, usual = self._files[file]
        code = self._watcher.sync(path) or int(usual.xSync(file, flags))
        if code == OK:
            self._watcher.synced(path)
        return code

    def _delete(self, _vfs: int, name: int, sync_folder: int) -> int:
        path = Path(os.fsdecode(ctypes.string_at(name)))
        code = self._watcher.delete(path) if path.exists() else OK
        usual = ctypes.cast(self._usual, c_void_p)
        return code or int(self._usual.contents.xDelete(usual, name, sync_folder))


_ever: list[_Watched] = []


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Every database this process opens while the block runs is watched, until it is closed."""
    watched = _Watched(watcher)
    _ever.append(watched)  # a file may be closed long after the block
    _library().sqlite3_vfs_register(ctypes.byref(watched.table), 1)
    try:
        yield
    finally:
        _library().sqlite3_vfs_unregister(ctypes.byref(watched.table))
