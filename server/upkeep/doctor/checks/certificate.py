"""Is the certificate one that terminals and phones will take, and for how long?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from server.config import Tls
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine

BYTES_MAX: Final = 1_048_576


def certificate(folder: Folder, machine: Machine) -> list[Finding] | None:
    """The file of the certificate, its key, its dates and its names."""
    tls = folder.config.tls
    if tls is None or any(error.key.startswith("tls") for error in folder.errors):
        return None
    file = folder.path / tls.certificate
    try:
        chain = x509.load_pem_x509_certificates(_content(file))
    except ValueError:
        return [found("certificate_unreadable", file=file)]
    return [
        *_key(folder.path, tls, chain[0]),
        *_dates(chain, file, machine.now_ms, folder.config.doctor.certificate_days_min),
        *_names(chain[0], file, folder.config.public_url),
    ]


def _key(folder: Path, tls: Tls, leaf: x509.Certificate) -> Iterator[Finding]:
    file = folder / tls.key
    try:
        key = load_pem_private_key(_content(file), password=None)
    except (ValueError, TypeError):  # no key, or one behind a password that nobody could type
        yield found("certificate_unreadable", file=file)
        return
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        yield found("certificate_mismatch", file=file, certificate=folder / tls.certificate)


def _dates(
    chain: list[x509.Certificate], file: Path, now_ms: int, days_min: int
) -> Iterator[Finding]:
    now = datetime.fromtimestamp(now_ms / 1000, tz=UTC)
    begins = max(one.not_valid_before_utc for one in chain)
    ends = min(one.not_valid_after_utc for one in chain)
    if now < begins:
        yield found("certificate_not_yet", file=file, since=f"{begins:%Y-%m-%d}")
    if ends <= now:
        yield found("certificate_expired", file=file, until=f"{ends:%Y-%m-%d}")
    elif ends <= now + timedelta(days=days_min):
        days = (ends - now).days
        yield found("certificate_ends", file=file, until=f"{ends:%Y-%m-%d}", days=days)


def _names(leaf: x509.Certificate, file: Path, public_url: str) -> Iterator[Finding]:
    host = urlsplit(public_url).hostname if public_url else None
    if host and not any(_covers(name, host) for name in _named(leaf)):
        names = ", ".join(_named(leaf)) or "?"
        yield found("certificate_name", file=file, host=host, names=names)


def _named(leaf: x509.Certificate) -> list[str]:
    """As programs of today look at it: the names beside the subject, not the subject."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def _covers(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(name)
    except ValueError:
        pass
    name, host = name.lower(), host.lower()
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return host == name


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(BYTES_MAX)
