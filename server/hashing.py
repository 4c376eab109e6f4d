"""Secrets and what is kept of them: passwords, PINs, one-time codes, second factors.

Knows no accounts and no files but the pepper's. Passwords are hashed slowly, in a thread and few
at a time, because each takes memory; codes of chance are hashed fast, with the pepper as key.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.config import write_private
from server.domain.refusals import Busy, Refused
from shared.config import ConfigError

Done = TypeVar("Done")

AT_ONCE: Final = 2
WAITING_MAX: Final = 20
"""Hashes worked on at a time (each takes 46 MiB), and waiting; more are told `Busy`."""

CODE_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants only: no word comes out by chance, and no digit looks like a letter."""

CODE_LENGTH: Final = 8
SET_UP_LENGTH: Final = 12

OTP_SECONDS: Final = 30
OTP_DIGITS: Final = 6
OTP_BYTES: Final = 20  # 160 bits, as RFC 4226 asks

PEPPER_CHARACTERS: Final = 32

CHECKED: Final = "the pepper of credentials.json"
"""No code and no staff id: those are typed, and none of them has spaces."""

ONE_PASS_46_MIB: Final = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
"""OWASP's equivalent of 19 MiB and two passes; some 50 ms a try."""


class Hashing:
    """Hashes secrets, and finds out whether one is right."""

    def __init__(self, pepper: bytes, hasher: PasswordHasher = ONE_PASS_46_MIB) -> None:
        self._pepper = pepper
        self._hasher = hasher
        self._workers = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._dummy = ""

    @property
    def check(self) -> str:
        """Stands for the pepper, and tells nothing of it."""
        return self.quick(CHECKED)

    async def hash(self, secret: str) -> str:
        """What to keep of a password or PIN."""
        return await self._work(lambda: self._hasher.hash(self._peppered(secret)))

    async def fits(self, secret: str, kept: str) -> bool:
        """Whether it is the secret of that hash. Without one it takes as long, and is not."""
        if not kept and not self._dummy:
            self._dummy = await self.hash("")
        return await self._work(lambda: self._verify(kept or self._dummy, secret)) and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def quick(self, secret: str) -> str:
        """A keyed hash: of a code of chance, or to tell apart what must not be kept."""
        return hmac.new(self._pepper, secret.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    def quick_fits(self, code: str, kept: str) -> bool:
        """Whether it is the code of that hash, as people type codes."""
        return hmac.compare_digest(self.quick(as_typed(code)), kept)

    async def _work(self, work: Callable[[], Done]) -> Done:
        if self._waiting >= AT_ONCE + WAITING_MAX:
            raise Refused(Busy())
        self._waiting += 1
        try:
            async with self._workers:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

    def _verify(self, kept: str, secret: str) -> bool:
        try:
            return self._hasher.verify(kept, self._peppered(secret))
        except (VerificationError, InvalidHashError):
            return False

    def _peppered(self, secret: str) -> str:
        return self.quick(secret)


def load_pepper(path: Path, token: Callable[[], str]) -> bytes:
    """The key in this file, made at the first start. Without it no kept secret can be tried."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(path, sha256(f"{token()}{token()}".encode()).hexdigest().encode())
    key = path.read_bytes().strip()
    if len(key) < PEPPER_CHARACTERS:
        raise ConfigError(path, "", "a key, as made at the first start; restore it from a copy")
    return key


# --- Codes -----------------------------------------------------------------------------------


def code_of(chance: str, length: int = CODE_LENGTH) -> str:
    """A one-time code out of a token of chance, in groups of four."""
    number = int.from_bytes(sha256(chance.encode()).digest(), "big")
    letters = ""
    for _ in range(length):
        number, rest = divmod(number, len(CODE_LETTERS))
        letters += CODE_LETTERS[rest]
    return "-".join(re.findall("....", letters))


def as_typed(code: str) -> str:
    """A code without what people add or leave out."""
    return re.sub(r"[\s-]", "", code).upper()


# --- Second factors (RFC 6238) ---------------------------------------------------------------


def otp_secret_of(chance: str) -> str:
    """The secret of an authenticator out of a token of chance."""
    return base64.b32encode(sha256(chance.encode()).digest()[:OTP_BYTES]).decode()


def otp(secret: str, step: int) -> str:
    """The one-time password of that step of thirty seconds."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**OTP_DIGITS).zfill(OTP_DIGITS)


def otp_step(secret: str, password: str, at_ms: int, used: int = -1) -> int | None:
    """The step whose password this is; None for a wrong one, or one that was used.

    The step before and the one after are good too: clocks differ, and people type slowly.
    """
    now = at_ms // 1000 // OTP_SECONDS
    for step in (now - 1, now, now + 1):
        if step > used and hmac.compare_digest(otp(secret, step), password):
            return step
    return None
