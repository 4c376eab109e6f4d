"""Which web pages may talk to this server, and by which names it may be asked for pages.

A browser carries its visitor's place in the network to every page: one from elsewhere could talk
to us from inside the house. It says whose page it is (`Origin`), and by which name it found us
(`Host`): a name that its owner has just pointed at our address is not ours. Terminals send no
origin, and prove who they are.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"http": 80, "https": 443}


class Origins:
    """The pages of `public_url` and of those allowed besides. Where no address is public, or only
    this machine gets here, also our own pages as they are asked for by address."""

    def __init__(self, public_url: str, allowed: Iterable[str], *, only_here: bool) -> None:
        known = [parts for url in (public_url, *allowed) if (parts := _parts(url))]
        self._known = frozenset(known)
        self._names = frozenset(name for _, name, _ in known)
        self._by_address = only_here or not public_url

    def may_talk(self, origins: Sequence[str], hosts: Sequence[str]) -> bool:
        """Whether a page of that origin, which asked for that host, may open a connection."""
        if not origins:
            return True
        if len(origins) != 1 or (origin := _parts(origins[0])) is None:
            return False
        if origin in self._known:
            return True
        return self._by_address and self.is_ours(hosts) and origin == self._asked(origin[0], hosts)

    def is_ours(self, hosts: Sequence[str]) -> bool:
        """Whether that is a name of ours. An address always is: nobody can point it elsewhere."""
        asked = self._asked("http", hosts)
        return asked is not None and (asked[1] in self._names or _is_address(asked[1]))

    def _asked(self, scheme: str, hosts: Sequence[str]) -> tuple[str, str, int] | None:
        return _parts(f"{scheme}://{hosts[0]}") if len(hosts) == 1 else None


def _parts(origin: str) -> tuple[str, str, int] | None:
    """Scheme, name and port; None for what is no origin."""
    try:
        parts = urlsplit(origin)
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    beyond = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in PORTS or not name or beyond or parts.password:
        return None
    return parts.scheme, name.rstrip("."), port or PORTS[parts.scheme]


def _is_address(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
