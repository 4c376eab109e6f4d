"""The keys of the vault: `keys/vault.key`, one key a line, the newest first.

The first one seals; every one of them opens what it sealed. So a key is changed by putting
another in front (`add_key`), sealing everything anew, and dropping the rest (`drop_old_keys`).
Without the file nothing is encrypted. What a sealed value looks like is left to `envelope`.
"""

from __future__ import annotations

import hmac
import re
import stat
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.config import write_private
from server.vault.errors import KeyMissing
from shared.config import ConfigError

KEY_ID_BYTES: Final = 8

HANDLE_BYTES: Final = 2
"""Enough that a search opens a few rows and not all of them. From a whole digest whoever has the
key could tell the number by trying all there are, and traces of an index may outlive its rows;
two bytes fit a hundred thousand numbers."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")


class Key:
    """One key. Of the secret itself only derived keys are used, one for each purpose."""

    def __init__(self, secret: bytes) -> None:
        self.id = _derived(secret, "id")[:KEY_ID_BYTES]
        self.cipher = AESGCM(_derived(secret, "seal"))
        self._finder = _derived(secret, "find")

    def handle(self, phone: str) -> bytes:
        """Where to look for this number; `phone` in its normal form."""
        return _handle(self._finder, phone)


class Keys:
    """All keys there are, the newest first."""

    def __init__(self, secrets: Sequence[bytes] = ()) -> None:
        self._keys = [Key(secret) for secret in secrets]
        self._by_id = {key.id: key for key in self._keys}

    @classmethod
    def load(cls, path: Path) -> Keys:
        """The keys in this file; none, if there is no file. Raises ConfigError."""
        return cls([bytes.fromhex(line) for line in _lines(path)])

    @property
    def newest(self) -> Key | None:
        """The key that seals; None: values are stored as clear text."""
        return self._keys[0] if self._keys else None

    def by_id(self, key_id: bytes) -> Key:
        """The key that sealed something; raises KeyMissing."""
        if key_id not in self._by_id:
            raise KeyMissing(key_id.hex())
        return self._by_id[key_id]

    def handle(self, phone: str) -> bytes:
        """What to store beside this number."""
        return self.newest.handle(phone) if self.newest else _handle(b"", phone)

    def handles(self, phone: str) -> list[bytes]:
        """Everywhere this number may be, whichever key there was when it came."""
        return [_handle(b"", phone), *(key.handle(phone) for key in self._keys)]


def add_key(path: Path, token: Callable[[], str]) -> None:
    """Make a key and put it in front; the first one makes the file."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    _write(path, [sha256(f"{token()}{token()}".encode()).hexdigest(), *_lines(path)])


def drop_old_keys(path: Path) -> None:
    """Keep only the newest key. What another one sealed, in backups too, is lost for ever."""
    _write(path, _lines(path)[:1])


def _write(path: Path, keys: Sequence[str]) -> None:
    write_private(path, "".join(f"{key}\n" for key in keys).encode())


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError(path, "", "a file that only its owner can read: chmod 600")
    keys = [line.strip() for line in path.read_bytes().decode("ascii", "replace").splitlines()]
    for number, key in enumerate(keys, start=1):
        if not _KEY.fullmatch(key):
            raise ConfigError(path, f"line {number}", "a key: 64 digits and letters a to f")
    if not keys:
        # An empty file would quietly mean that nothing is encrypted any more.
        raise ConfigError(path, "", "at least one key; without encryption there is no such file")
    return keys


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, f"lobby vault: {purpose}".encode(), "sha256")


def _handle(finder: bytes, phone: str) -> bytes:
    return hmac.digest(finder, phone.encode(), "sha256")[:HANDLE_BYTES]
