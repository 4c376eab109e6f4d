"""What has happened to people and stations. Past tense, subject first; shapes are for ever.

No event carries a secret, a code or a name of a person. `account` is a staff id or, where nobody
has the id that was typed, a keyed hash of it: people type passwords into the wrong field.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import Struct

from shared.protocol import (
    CounterId,
    ExportForm,
    ExportWhat,
    RoleAt,
    SignInEnd,
    StaffRole,
    StationKind,
)

SecretKind: TypeAlias = Literal["password", "pin"]


class HouseHappening(
    Struct, frozen=True, kw_only=True, tag=True, tag_field="type", omit_defaults=True
):
    """What every event has in common: its class name in the field `type`."""


class StationInvited(HouseHappening, frozen=True, kw_only=True):
    """A one-time code was made for a terminal."""

    invitation: int
    kind: StationKind
    branch: str
    until: int
    counter: CounterId | None = None
    name: str = ""


class StationPaired(HouseHappening, frozen=True, kw_only=True):
    """A terminal became a station. Its secret is 128 bits or more; here is the SHA-256."""

    station: str
    kind: StationKind
    branch: str
    secret_sha256: str
    invitation: int = 0
    counter: CounterId | None = None
    name: str = ""


class InvitationCancelled(HouseHappening, frozen=True, kw_only=True):
    """The one-time code of a terminal is void."""

    invitation: int


class CodeRefused(HouseHappening, frozen=True, kw_only=True):
    """Somebody tried to pair with a wrong code; `paused_until`: once too often."""

    branch: str
    paused_until: int = 0


class StationRenamed(HouseHappening, frozen=True, kw_only=True):
    """A station was given another name."""

    station: str
    name: str


class StationRevoked(HouseHappening, frozen=True, kw_only=True):
    """A station was locked out for ever."""

    station: str


class StaffAdded(HouseHappening, frozen=True, kw_only=True):
    """An account was made."""

    staff: str
    roles: tuple[RoleAt, ...]


class RolesChanged(HouseHappening, frozen=True, kw_only=True):
    """A person has these roles from now on."""

    staff: str
    roles: tuple[RoleAt, ...]


class StaffDisabled(HouseHappening, frozen=True, kw_only=True):
    """A person may not sign in any more."""

    staff: str


class StaffEnabled(HouseHappening, frozen=True, kw_only=True):
    """A person may sign in again."""

    staff: str


class SecretForgotten(HouseHappening, frozen=True, kw_only=True):
    """A person's secret was reset; a one-time code was made."""

    staff: str


class SecretChosen(HouseHappening, frozen=True, kw_only=True):
    """A person has chosen a new secret."""

    staff: str
    kind: SecretKind


class SecretsLost(HouseHappening, frozen=True, kw_only=True):
    """The server was set up anew because what was kept of these people's secrets was gone, or did
    not fit the key: each of them needs a new one-time code."""

    staff: tuple[str, ...]


class SetUpCodeMade(HouseHappening, frozen=True, kw_only=True):
    """Nobody could look after the house: the server printed a code to set it up."""

    until: int


class StaffUnlocked(HouseHappening, frozen=True, kw_only=True):
    """A person who was locked out may try again."""

    staff: str


class StaffSignedIn(HouseHappening, frozen=True, kw_only=True):
    """A person is at a station. The token is 128 bits or more; here is the SHA-256. `day_ends`:
    the end of the branch's day, when the sign-in is over at the latest (ms)."""

    staff: str
    station: str
    role: StaffRole
    token_sha256: str
    day_ends: int | None = None


class SignInLocked(HouseHappening, frozen=True, kw_only=True):
    """A person has done nothing at that station for too long."""

    staff: str
    station: str


class SignInUnlocked(HouseHappening, frozen=True, kw_only=True):
    """The person has proved to be there, and has a new token; here is its SHA-256."""

    staff: str
    station: str
    token_sha256: str


class StaffSignedOut(HouseHappening, frozen=True, kw_only=True):
    """A person is at that station no more; `reason` says why."""

    staff: str
    station: str
    reason: SignInEnd


class CounterHandedOver(HouseHappening, frozen=True, kw_only=True):
    """A person took over from another at the same station; a ticket in service stayed."""

    station: str
    staff: str
    to: str


class SignInRefused(HouseHappening, frozen=True, kw_only=True):
    """A wrong secret or second factor. `blocked_until`: nothing is tried before; `locked`: until
    somebody unlocks the account."""

    account: str
    station: str
    blocked_until: int = 0
    locked: bool = False


class JournalRestored(HouseHappening, frozen=True, kw_only=True):
    """A backup took the journal's place. `reached_at`: its last event; `lost_at`: the last event of
    the journal before; `lost`: how many of those the backup does not have. None: not known.
    `visits` and `appointments`: the last ids that it knows, by branch; the next ones may have been
    given before, to somebody else. Earlier versions did not say."""

    reached_at: int
    lost_at: int | None = None
    lost: int | None = None
    visits: dict[str, int] | None = None
    appointments: dict[str, int] | None = None


class PersonLookedUp(HouseHappening, frozen=True, kw_only=True):
    """All that is kept of a person was shown: so many values, for this reason."""

    branch: str
    values: int
    reason: str


class PersonErased(HouseHappening, frozen=True, kw_only=True):
    """All that was kept of a person was deleted: so many values, for this reason."""

    branch: str
    values: int
    reason: str


class PersonalDataPurged(HouseHappening, frozen=True, kw_only=True):
    """So many values about people were deleted because their time was over."""

    values: int


class ChangedKey(Struct, frozen=True, omit_defaults=True):
    """A key of the configuration before and after, shortened; the journals of the branches have
    their configurations whole. `branch` is "" for the server's own."""

    branch: str
    key: str
    before: str | None = None
    after: str | None = None


class ConfigurationReloaded(HouseHappening, frozen=True, kw_only=True):
    """The configuration files were put in force in these branches; `more` changed keys are not
    told here."""

    branches: tuple[str, ...]
    changes: tuple[ChangedKey, ...]
    more: int = 0


class DataExported(HouseHappening, frozen=True, kw_only=True):
    """Data was taken out: so many rows of that branch, or of the stream `house`."""

    what: ExportWhat
    form: ExportForm
    branch: str
    first_day: str
    last_day: str
    rows: int
    reason: str


HouseEvent: TypeAlias = (
    StationInvited
    | InvitationCancelled
    | StationPaired
    | CodeRefused
    | StationRenamed
    | StationRevoked
    | StaffAdded
    | RolesChanged
    | StaffDisabled
    | StaffEnabled
    | SecretForgotten
    | SecretChosen
    | SecretsLost
    | SetUpCodeMade
    | StaffUnlocked
    | StaffSignedIn
    | SignInLocked
    | SignInUnlocked
    | StaffSignedOut
    | CounterHandedOver
    | SignInRefused
    | JournalRestored
    | PersonLookedUp
    | PersonErased
    | PersonalDataPurged
    | ConfigurationReloaded
    | DataExported
)

HOUSE_EVENT_TYPES: dict[str, type[HouseHappening]] = {t.__name__: t for t in get_args(HouseEvent)}

decode_house_event: Any = msgspec.json.Decoder(HouseEvent).decode
