"""How one value is stored: AES-256-GCM with the vault's key, or clear text where there is none.

    0x01  key id (8)  nonce (12)  ciphertext and tag     with a key
    0x00  text  check (8)                                without

Both are bound to their place (branch, subject, field): a value that was moved, cut or changed is
not given out. The text is filled up to one of a few lengths, so that a short name does not show
as one, and so that the store finds use again for room that has become free.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag

from server.vault.errors import NotAsSealed
from server.vault.keys import KEY_ID_BYTES, Keys
from server.vault.store import Place

NONCE_BYTES: Final = 12
"""Drawn by chance: good for 2^32 values under one key, which no branch writes in a century."""

LENGTHS: Final = (64, 256, 1024, 3840)
"""The last one holds any clean text of 190 cells, however many marks stand on its letters."""

_CLEAR: Final = b"\x00"
_SEALED: Final = b"\x01"
_CHECK_BYTES: Final = 8
_TAG_BYTES: Final = 16
_KEY_END: Final = 1 + KEY_ID_BYTES
_NONCE_END: Final = _KEY_END + NONCE_BYTES


def seal(keys: Keys, place: Place, text: str, nonce: Callable[[], bytes]) -> bytes:
    """The value to store at that place."""
    filled, bound = _filled(text), _bound(place)
    if keys.newest is None:
        return _CLEAR + filled + _check(bound, filled)
    key, once = keys.newest, nonce()
    return _SEALED + key.id + once + key.cipher.encrypt(once, filled, bound)


def unseal(keys: Keys, place: Place, value: bytes) -> str:
    """The text of a value stored there; KeyMissing or NotAsSealed, and never another text."""
    bound = _bound(place)
    match value[:1]:
        case b"\x00":
            filled = value[1:-_CHECK_BYTES]
            if value[-_CHECK_BYTES:] != _check(bound, filled):
                raise NotAsSealed(*place)
        case b"\x01" if len(value) > _NONCE_END:
            cipher = keys.by_id(value[1:_KEY_END]).cipher
            try:
                filled = cipher.decrypt(value[_KEY_END:_NONCE_END], value[_NONCE_END:], bound)
            except InvalidTag:
                raise NotAsSealed(*place) from None
        case _:
            raise NotAsSealed(*place)
    return filled.rstrip(b"\x00").decode()


def key_of(value: bytes) -> str:
    """The id of the key a value was sealed with; "" for clear text."""
    return value[1:_KEY_END].hex() if value[:1] == _SEALED else ""


def is_sealed(value: bytes) -> bool:
    """Whether it looks, from outside, like something that was sealed with a key."""
    return value[:1] == _SEALED and len(value) - _NONCE_END - _TAG_BYTES in LENGTHS


def _filled(text: str) -> bytes:
    encoded = text.encode()
    assert b"\x00" not in encoded, "only clean text is kept"
    for length in LENGTHS:
        if len(encoded) <= length:
            return encoded.ljust(length, b"\x00")
    raise AssertionError("a value was not cut to the cells there are for it")


def _bound(place: Place) -> bytes:
    # With their lengths: no two places may look alike.
    return b"".join(b"%d:%b," % (len(part), part) for part in (p.encode() for p in place))


def _check(bound: bytes, filled: bytes) -> bytes:
    return sha256(bound + filled).digest()[:_CHECK_BYTES]
