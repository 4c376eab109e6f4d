"""Fetches an export into a file that only this user can read."""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from desk.words import NotDone, not_done
from shared.pairing import StationKey, read_key

FETCH_SECONDS: Final = 30.0

EXPORT_BYTES_MAX: Final = 268_435_456
"""More than any export of the server; beyond it something else is answering."""


def fetch(options: argparse.Namespace, path: str, file: Path) -> None:
    """The export at that path of the desk's server; NotDone when it does not come whole, or when
    there is such a file already."""
    key = read_key(options.secret_file, options.language)
    try:
        opened = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise not_done(options.language, "file_exists", file=file) from None
    except OSError as error:
        raise not_done(options.language, "unwritable", file=file) from error
    try:
        with opened:
            opened.write(_body(options, key, path))
    except (OSError, EOFError, http.client.HTTPException, NotDone) as error:
        file.unlink(missing_ok=True)
        raise not_done(options.language, "not_fetched") from error


def _body(options: argparse.Namespace, key: StationKey, path: str) -> bytes:
    address = urlsplit(key.url)
    connection = _connection(address.scheme, address.hostname or "", address.port, key)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise not_done(options.language, "not_fetched")
        body = answer.read(EXPORT_BYTES_MAX)
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body
    finally:
        connection.close()


def _connection(
    scheme: str, host: str, port: int | None, key: StationKey
) -> http.client.HTTPConnection:
    if scheme != "wss":
        return http.client.HTTPConnection(host, port, timeout=FETCH_SECONDS)
    context = key.tls() or ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=FETCH_SECONDS, context=context)
