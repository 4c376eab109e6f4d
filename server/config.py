"""The data folder: reads `lobby.toml` (how the server listens) and `branches/*.toml`.

Everything wrong is a ConfigError that names the file, the key and what was expected there.
What fits together within a branch is decided in `server/domain/configuration.py`.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar
from urllib.parse import SplitResult, urlsplit

from msgspec import Meta, Struct

from server.domain.configuration import BranchConfig, Fault, faults
from server.free_text import cleaned
from shared.config import ConfigError, load
from shared.mail_addresses import is_mail
from shared.protocol import StaffRole, Words

DEFAULT_BRANCH: Final = Path(__file__).with_name("default_branch.toml")
"""The branch that runs where none is configured, and the example people copy."""

HOUSE_STREAM: Final = "house"
"""The journal's stream of people and stations. No branch may have its name."""

PLAIN_HTTP_WORDS: Final = "yes, without encryption"
"""What an operator has to say to do without it, on the network or in the vault."""

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
PLACEHOLDERS: Final = frozenset({"phone", "text", "title", "id", "kind", "language"})
"""What a webhook's own form may ask for."""

FILES_BESIDES: Final = 200
"""Open files that are no websockets: the journal's, and pages being read."""


Configured = TypeVar("Configured", bound=Struct)

PublicUrl: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[0-9A-Za-z.:\[\]-]+)?\Z",
        description="an address without a path, such as https://queue.example.com",
    ),
]

Origin: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^https?://[0-9A-Za-z.:\[\]-]+\Z",
        description="an address without a path, such as http://lobby-server:8470",
    ),
]

Often: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]


class Setting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of `lobby.toml`. An unknown key is a spelling mistake and is refused."""


class Listen(Setting, frozen=True, kw_only=True):
    """Where the server listens."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8470


class Tls(Setting, frozen=True, kw_only=True):
    """The certificate (with its chain) and its key, PEM; paths from the data folder."""

    certificate: Annotated[str, Meta(min_length=1)]
    key: Annotated[str, Meta(min_length=1)]


class RateLimits(Setting, frozen=True, kw_only=True):
    """How often something may be done, a minute unless it says otherwise.

    Commands are counted for each terminal by its kind, for each `phone`, and for all phones of
    one `ticket` together; after a pause as many come at once as in `minutes_at_once`. A whole
    branch and its customers' phones may share one address. Of wrong short codes never more than
    these come at once. `handshakes_per_second` are of the whole server; numbers taken before coming
    are counted by the hour.
    """

    kiosk: Often = 60
    counter: Often = 120
    board: Often = 120
    desk: Often = 60
    display: Often = 20
    rating_panel: Often = 20
    pager_base: Often = 120  # after a power cut fifty pagers are heard of at once
    phone: Often = 10
    ticket: Often = 20
    minutes_at_once: Annotated[float, Meta(ge=0.1, le=60)] = 2.0
    handshakes_per_address: Often = 1_200
    wrong_credentials_per_address: Often = 60
    wrong_short_codes_per_address: Often = 5
    wrong_short_codes_per_branch: Often = 20
    remote_tickets_per_address_and_hour: Often = 6
    handshakes_per_second: Often = 500


class Doctor(Setting, frozen=True, kw_only=True):
    """From when on `lobby doctor` speaks up, and how much it searches for people's data of each
    branch, snapshot and log; a megabyte is 1,048,576 bytes."""

    free_mb_warning: Annotated[int, Meta(ge=0)] = 500
    free_mb_fault: Annotated[int, Meta(ge=0)] = 200
    log_mb_max: Annotated[int, Meta(ge=0)] = 64
    backup_hours_max: Annotated[int, Meta(ge=1)] = 26
    certificate_days_min: Annotated[int, Meta(ge=0)] = 30
    search_mb_max: Annotated[int, Meta(ge=1)] = 128


class Webhook(Setting, frozen=True, kw_only=True):
    """Where notices are posted to, signed with the secret in `secret_file`. `token_file` holds what
    the receiver wants as a bearer's token, if anything; `body` is what it wants instead of our own
    form, with `{text}` and the like in it. Files are paths from the data folder.
    """

    url: Annotated[str, Meta(pattern=r"^https?://[^\s/?#@]+([/?][\x21-\x7e]*)?\Z")]
    secret_file: Annotated[str, Meta(min_length=1)]
    token_file: str = ""
    ca_file: str = ""
    body: dict[str, Any] = {}


class Smtp(Setting, frozen=True, kw_only=True):
    """The mail server that takes notices, and from whom they are. `security`: "starttls", "tls", or
    "none", which only a server on this machine may have."""

    host: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.:-]+\Z")]
    sender: Annotated[str, Meta(min_length=3, max_length=100)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: str = ""
    ca_file: str = ""


class Reminders(Setting, frozen=True, kw_only=True):
    """The channels over which customers get notices of their appointments; none: they get none. A
    telephone number is reached over `webhook`, a mail address over `smtp`, and both over `console`,
    which is for trying out."""

    webhook: Webhook | None = None
    smtp: Smtp | None = None
    console: bool = False

    @property
    def any(self) -> bool:
        """Whether there is a channel at all."""
        return self.webhook is not None or self.smtp is not None or self.console


class ServerConfig(Setting, frozen=True, kw_only=True):
    """`lobby.toml`, whole.

    `public_url` is where customers' phones reach this server; without it tickets carry no link.
    `allowed_origins` are further web pages that may talk to it, and by whose names it may be
    asked for pages. `database` and `backups`, where backups are made and looked for, are paths
    from the data folder. `vault_without_key` stores names and telephone numbers as they are, if
    there is no key for them: otherwise one is made. `require_totp` names the roles that need a
    second factor; `idle_lock_minutes` after how long a terminal left alone is locked, by role.
    """

    listen: Listen = Listen()
    tls: Tls | None = None
    plain_http_beyond_loopback: Literal["", "yes, without encryption"] = ""
    vault_without_key: Literal["", "yes, without encryption"] = ""
    public_url: PublicUrl = ""
    allowed_origins: tuple[Origin, ...] = ()
    database: Annotated[str, Meta(min_length=1)] = "lobby.sqlite"
    backups: Annotated[str, Meta(min_length=1)] = "backups"
    connections_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    # A whole branch and its customers' phones may share one address.
    connections_per_address_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 300
    rate_limits: RateLimits = RateLimits()
    require_totp: tuple[StaffRole, ...] = ()
    idle_lock_minutes: dict[StaffRole, Annotated[int, Meta(ge=1, le=480)]] = {}
    doctor: Doctor = Doctor()
    reminders: Reminders = Reminders()


def load_data_folder(folder: Path) -> tuple[ServerConfig, dict[str, BranchConfig]]:
    """How to serve, and the branches by id; the shipped ones where nothing is configured.

    Raises the first of `errors_in`.
    """
    for error in errors_in(folder):
        raise error
    file = folder / "lobby.toml"
    server = load(file, ServerConfig) if file.exists() else ServerConfig()
    branches = [cleaned(load(branch, BranchConfig)) for branch in branch_files(folder)]
    return server, {branch.id: branch for branch in branches}


class DataFolder(Struct, frozen=True):
    """What a data folder says; with errors it says nothing else."""

    server: ServerConfig = ServerConfig()
    branches: dict[str, BranchConfig] = {}
    errors: tuple[ConfigError, ...] = ()


def read_data_folder(folder: Path) -> DataFolder:
    """Everything it says, or everything wrong with it."""
    if errors := tuple(errors_in(folder)):
        return DataFolder(errors=errors)
    try:
        server, branches = load_data_folder(folder)
    except ConfigError as error:  # changed between the two looks
        return DataFolder(errors=(error,))
    return DataFolder(server, branches)


def branch_files(folder: Path) -> list[Path]:
    """The file of each branch."""
    return sorted((folder / "branches").glob("*.toml")) or [DEFAULT_BRANCH]


def errors_in(folder: Path) -> Iterator[ConfigError]:
    """Everything wrong in a data folder, file by file."""
    file = folder / "lobby.toml"
    if file.exists():
        yield from _errors(file, ServerConfig, lambda config: server_faults(config, folder))
    for branch in branch_files(folder):
        yield from _errors(branch, BranchConfig, partial(branch_faults, branch))


def branch_faults(file: Path, config: BranchConfig) -> Iterator[Fault]:
    """What does not fit together in a branch; the name of its file is its id."""
    if file != DEFAULT_BRANCH and config.id != file.stem:
        yield Fault("id", f"the name of the file, {file.stem!r}")
    if config.id == HOUSE_STREAM:
        yield Fault("id", f"another name: the journal keeps people and stations as {config.id!r}")
    yield from faults(config)


def server_faults(config: ServerConfig, folder: Path) -> Iterator[Fault]:
    """What does not fit together, or is not there."""
    if not config.database.isprintable():
        yield Fault("database", "a file name without signs that cannot be seen")
    if config.tls:
        for key, path in (("certificate", config.tls.certificate), ("key", config.tls.key)):
            if not (folder / path).is_file():
                yield Fault(f"tls.{key}", f"a file that exists, not {path!r}")
    elif not is_loopback(config.listen.host) and not config.plain_http_beyond_loopback:
        # Whoever is on the same network could read and change what is sent: an operator has
        # to want that in so many words.
        yield Fault(
            "plain_http_beyond_loopback",
            f"a [tls] section, or the words {PLAIN_HTTP_WORDS!r}, to listen on "
            f"{config.listen.host}",
        )
    if config.reminders.webhook:
        yield from _webhook_faults(config.reminders.webhook, folder)
    if config.reminders.smtp:
        yield from _smtp_faults(config.reminders.smtp, folder)


def _webhook_faults(webhook: Webhook, folder: Path) -> Iterator[Fault]:
    url = urlsplit(webhook.url)
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        yield Fault("reminders.webhook.url", "an address with https://: numbers are sent there")
    if not _has_port(url):
        yield Fault("reminders.webhook.url", "a port up to 65535 behind the host, or none")
    names = ("secret_file", "token_file", "ca_file")
    yield from _missing("reminders.webhook", folder, {n: getattr(webhook, n) for n in names})
    for unknown in placeholders_in(webhook.body) - PLACEHOLDERS:
        known = ", ".join(sorted(f"{{{name}}}" for name in PLACEHOLDERS))
        yield Fault("reminders.webhook.body", f"none but {known}, not {{{unknown}}}")


def _has_port(url: SplitResult) -> bool:
    try:
        return url.port is None or url.port > 0
    except ValueError:
        return False


def _smtp_faults(smtp: Smtp, folder: Path) -> Iterator[Fault]:
    if smtp.security == "none" and not is_loopback(smtp.host):
        yield Fault("reminders.smtp.security", '"starttls" or "tls": addresses are sent there')
    if bool(smtp.user) != bool(smtp.password_file):
        yield Fault("reminders.smtp.password_file", "a user and the file of a password, or neither")
    if not is_mail(smtp.sender):
        yield Fault("reminders.smtp.sender", "a mail address, such as queue@example.com")
    names = ("password_file", "ca_file")
    yield from _missing("reminders.smtp", folder, {n: getattr(smtp, n) for n in names})


def _missing(section: str, folder: Path, files: Mapping[str, str]) -> Iterator[Fault]:
    for key, path in files.items():
        if path and not (folder / path).is_file():
            yield Fault(f"{section}.{key}", f"a file that exists, not {path!r}")


def placeholders_in(body: Any) -> set[str]:
    """The names in curly brackets in any text of it."""
    match body:
        case str():
            return set(PLACEHOLDER.findall(body))
        case dict():
            return {name for part in body.values() for name in placeholders_in(part)}
        case list():
            return {name for part in body for name in placeholders_in(part)}
        case _:
            return set()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_of(branch: BranchConfig) -> dict[str, Words]:
    """What people call its services and machines, by id."""
    services = {service.id: service.name for service in branch.services}
    return services | {machine.id: machine.name for machine in branch.machines}


def _errors(
    file: Path, struct: type[Configured], look: Callable[[Configured], Iterable[Fault]]
) -> Iterator[ConfigError]:
    try:
        config = load(file, struct)
    except ConfigError as error:
        yield error
        return
    for fault in look(cleaned(config)):
        yield ConfigError(file, fault.key, fault.expected)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; whole or not at all, and durable on return."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    # Otherwise a power cut could bring the old secrets back, or the old name to no file at all.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
