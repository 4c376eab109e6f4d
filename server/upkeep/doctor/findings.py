"""What the doctor can find: one code each, how grave it is, and how it is said.

The only place that says how grave something is. The sentences are in the catalogues, under
`doctor.found.<code>` and `doctor.remedy.<code>`; a test holds them to this table.
"""

from __future__ import annotations

from datetime import UTC, datetime
from shlex import quote
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from shared.cleaning import clean_text
from shared.i18n import text
from shared.protocol import Language

Grade: TypeAlias = Literal["fault", "warning", "fine"]

CELLS_MAX: Final = 400
"""Of a value that somebody else has written, such as a path or the name of a program."""

PATHS: Final = frozenset({"data", "file", "folder"})
"""They stand in commands to be typed, and so are written as a shell reads them."""

GRADES: Final[dict[str, Grade]] = {
    # The folder and its configuration
    "folder_missing": "fault",
    "file_unreadable": "fault",
    "configuration_wrong": "fault",
    "zone_missing": "fault",
    "configuration_waits": "warning",
    "holidays_missing": "warning",
    # Who may read what
    "secret_open": "fault",
    "folder_writable": "fault",
    "folder_open": "warning",
    "file_open": "warning",
    "file_writable": "fault",
    "owner_differs": "warning",
    "leftover": "warning",
    # Keys and secrets
    "pepper_missing": "fault",
    "pepper_short": "fault",
    "pepper_other": "fault",
    "link_key_missing": "warning",
    "link_key_short": "fault",
    "vault_key_wrong": "fault",
    "vault_key_missing": "fault",
    "vault_unsealed": "warning",
    "credentials_damaged": "fault",
    # People
    "set_up_waits": "warning",
    "set_up_needed": "warning",
    "nobody_administers": "fault",
    "secret_missing": "fault",
    "authenticator_missing": "warning",
    "second_factor_off": "warning",
    # The journal
    "journal_missing": "fault",
    "not_a_journal": "fault",
    "journal_swapped": "fault",
    "restore_unfinished": "fault",
    "journal_damaged": "fault",
    "journal_newer": "fault",
    "journal_unreadable": "fault",
    "journal_partly_checked": "fine",
    "journal_shared": "warning",
    "journal_at_risk": "fault",
    "sqlite_affected": "fine",
    "branch_unconfigured": "warning",
    "branch_new": "warning",
    "rehearsal": "warning",
    # The disk
    "network_filesystem": "fault",
    "filesystem_unsuitable": "warning",
    "disk_full": "fault",
    "disk_filling": "warning",
    "log_large": "warning",
    # Backups
    "backup_none": "fault",
    "backup_awaited": "warning",
    "backup_late": "fault",
    "backup_damaged": "fault",
    "backup_foreign": "warning",
    "backups_beside": "fine",
    # The network
    "certificate_unreadable": "fault",
    "certificate_mismatch": "fault",
    "certificate_not_yet": "fault",
    "certificate_expired": "fault",
    "certificate_ends": "warning",
    "certificate_name": "fault",
    "listening_plain": "warning",
    "public_url_unset": "warning",
    "public_url_plain": "warning",
    "public_url_unreachable": "warning",
    "channel_unreachable": "fault",
    "channel_silent": "fault",
    "channel_not_trusted": "fault",
    "channel_password_refused": "fault",
    "channel_refused": "fault",
    "files_few": "warning",
    # Time
    "clock_behind": "fault",
    "clock_far_ahead": "warning",
    "clock_not_kept": "warning",
    "zones_old": "warning",
    # The running server
    "branch_stopped": "fault",
    "branch_read_only": "fault",
    "server_silent": "warning",
    "port_taken": "fault",
    # People's data
    "personal_data_in_journal": "fault",
    "personal_data_in_snapshot": "fault",
    "personal_data_in_file": "fault",
    "personal_data_partly": "fine",
    "private_overdue": "warning",
}

GRAVEST_FIRST: Final[tuple[Grade, ...]] = ("fault", "warning", "fine")


class Finding(Struct, frozen=True):
    """Something found. `values` fill the sentences; they are plain text and whole numbers."""

    code: str
    values: dict[str, str | int] = {}

    @property
    def grade(self) -> Grade:
        """How grave it is."""
        return GRADES[self.code]

    def sentence(self, language: Language) -> str:
        """What is wrong."""
        return text(language, f"doctor.found.{self.code}", **self._said(language))

    def remedy(self, language: Language) -> str:
        """What to do about it."""
        return text(language, f"doctor.remedy.{self.code}", **self._said(language))

    def _said(self, language: Language) -> dict[str, object]:
        return {name: _said(language, name, value) for name, value in self.values.items()}


def found(code: str, **values: object) -> Finding:
    """A finding; whatever is no whole number is given as text."""
    assert code in GRADES, f"{code} is not in the table"
    return Finding(code, {name: _plain(value) for name, value in values.items()})


def _plain(value: object) -> str | int:
    # Names of files need not be text; what is printed, and JSON, has to be.
    return value if isinstance(value, int) else str(value).encode(errors="replace").decode()


def _said(language: Language, name: str, value: str | int) -> str | int:
    if not isinstance(value, str):
        return value
    if name == "number":
        return text(language, f"doctor.number.{value}")
    clean = clean_text(value, CELLS_MAX)
    return quote(clean) if name in PATHS else clean


def moment(at_ms: int, zone: str = "UTC") -> str:
    """An instant as a report writes it; in UTC where the machine knows no such zone."""
    try:
        local = datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError, OverflowError):
        return f"{at_ms} ms"
    return f"{local:%Y-%m-%d %H:%M %Z}"
