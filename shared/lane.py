"""The pass of a terminal: shown in the handshake, it lets terminals in before phones.

When a server comes back, thousands come at once, and until `Hello` they all look alike. The pass
is made of the hash that the server keeps of the station's secret. Whoever reads one on its way
gains a place in the shorter line and nothing else: `Hello` still needs the secret.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

HEADER: Final = "Lobby-Station"

PASS_CHARACTERS: Final = 22


def headers_of(station: str, secret: str) -> dict[str, str]:
    """What a terminal adds to its handshake; nothing for whoever is none."""
    if not station:
        return {}
    secret_sha256 = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    return {HEADER: f"{station} {_pass(secret_sha256)}"}


def station_in(shown: str, secret_sha256_of: Callable[[str], str | None]) -> str | None:
    """The station whose pass is shown; None for any other. Asks for the hash of its secret."""
    station, _, its_pass = shown.partition(" ")
    secret_sha256 = secret_sha256_of(station)
    if secret_sha256 is None or not its_pass.isascii():
        return None
    return station if hmac.compare_digest(its_pass, _pass(secret_sha256)) else None


def _pass(secret_sha256: str) -> str:
    digest = hmac.digest(secret_sha256.encode(), b"first lane", "sha256")
    return base64.urlsafe_b64encode(digest)[:PASS_CHARACTERS].decode()
