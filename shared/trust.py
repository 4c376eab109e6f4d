"""Whose word a terminal takes that a server is the one it says it is.

A bank's own authority is in no browser's list: its certificate is given once, when the terminal is
paired, and kept with the terminal's secret. From then on nobody else's word counts. There is no
way to take a server without proof.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

AUTHORITY_BYTES_MAX: Final = 65_536
"""More than any chain of certificates; whatever is longer is some other file."""


class NotAnAuthority(Exception):
    """The file holds no certificate that could vouch for a server."""


def read_authority(file: Path) -> str:
    """The certificates in a file, PEM; raises NotAnAuthority."""
    try:
        with file.open("rb") as opened:
            authority = opened.read(AUTHORITY_BYTES_MAX).decode("ascii")
        trusting(authority)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise NotAnAuthority(str(file)) from error
    return authority


def trusting(authority: str) -> ssl.SSLContext:
    """For connections to a server that this authority vouches for: by its name, and unexpired."""
    # Not `create_default_context`: given nothing, it would trust whom the machine trusts.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=authority)
    return context
