"""People and stations: the administrator's commands, their answers, and the view of them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.people import HouseCommand, PersonalCommand, RoleAt
from shared.protocol.words import (
    AppointmentId,
    BranchId,
    CommandId,
    Confidential,
    CounterId,
    DayName,
    Digest,
    ExportForm,
    ExportWhat,
    Moment,
    Motive,
    Phone,
    StaffId,
    StationId,
    StationKind,
    StationName,
    TicketNumber,
    Value,
    Wire,
)


class InviteStation(HouseCommand, frozen=True, kw_only=True):
    """Make a one-time code with which a terminal becomes a station, within ten minutes."""

    kind: StationKind
    branch: BranchId
    counter: CounterId | None = None
    name: StationName = ""


class CancelInvitation(HouseCommand, frozen=True, kw_only=True):
    """Make the code of an invited terminal void. Refused when it has been used already."""

    invitation: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class RenameStation(HouseCommand, frozen=True, kw_only=True):
    """Give a station another name. Its id stays."""

    station: StationId
    name: StationName


class RevokeStation(HouseCommand, frozen=True, kw_only=True):
    """Lock a station out for ever; its connection ends at once."""

    station: StationId


class AddStaff(HouseCommand, frozen=True, kw_only=True):
    """Make an account. The answer carries the person's one-time code."""

    staff: StaffId
    roles: Annotated[tuple[RoleAt, ...], Meta(min_length=1, max_length=50)]


class ChangeRoles(HouseCommand, frozen=True, kw_only=True):
    """Set all roles of a person. A sign-in under a role that is gone ends at once."""

    staff: StaffId
    roles: Annotated[tuple[RoleAt, ...], Meta(max_length=50)]


class DisableStaff(HouseCommand, frozen=True, kw_only=True):
    """Let a person sign in no more; a sign-in ends at once."""

    staff: StaffId


class EnableStaff(HouseCommand, frozen=True, kw_only=True):
    """Let a person sign in again."""

    staff: StaffId


class ResetSecret(HouseCommand, frozen=True, kw_only=True):
    """Forget a person's secret and second factor. The answer carries a new one-time code."""

    staff: StaffId


class UnlockStaff(HouseCommand, frozen=True, kw_only=True):
    """Let a person try again who was locked out after too many wrong tries."""

    staff: StaffId


class FindPerson(PersonalCommand, frozen=True, kw_only=True):
    """Show all that is kept of a person, for somebody who asks for the own data.

    By telephone number, or by the business day and the number of a visit. Answered with
    `PersonFound`. That somebody looked, and why, is written down; what was found is not.
    """

    private = ("phone",)

    branch: BranchId
    reason: Motive
    phone: Phone = ""
    day: DayName | None = None
    number: TicketNumber | None = None


class ErasePerson(PersonalCommand, frozen=True, kw_only=True):
    """Delete all that is kept of a person, at once. It names the person as `FindPerson` does."""

    private = ("phone",)

    branch: BranchId
    reason: Motive
    phone: Phone = ""
    day: DayName | None = None
    number: TicketNumber | None = None


class PreviewReload(HouseCommand, frozen=True, kw_only=True):
    """Read the configuration files and tell what would change. Answered with `ReloadPreview`."""


class Reload(HouseCommand, frozen=True, kw_only=True):
    """Put the configuration files in force, as they were previewed: in all branches or in none."""

    digest: Digest


class AskExport(HouseCommand, frozen=True, kw_only=True):
    """Take data out, as a file: of a branch, from day to day, or of the stream `house`.

    Answered with `ExportReady`. Who took what, how much and why is written down before. Nothing
    that is kept of customers apart from the journal is ever in it.
    """

    what: ExportWhat
    first_day: DayName
    last_day: DayName
    reason: Motive
    branch: BranchId | None = None
    form: ExportForm = "csv"


class HouseAccepted(Confidential, frozen=True, kw_only=True):
    """A command about people or stations took effect and is durable.

    `code` is a one-time code just made, good until `until`: hand it to its person or terminal.
    `values` is how many values of a person were deleted.
    """

    id: CommandId
    seq: int
    code: str = ""
    until: Moment | None = None
    otp_secret: str = ""
    values: int | None = None


class KeptShown(Value, frozen=True, kw_only=True):
    """One value that is kept of a person; deleted at `until`.

    `person` is the same for what belongs together. `field` is `name`, `phone`, `note`, `form`
    (an answer in a form, or what was said with an appointment), or `visit`: the business day and
    the number.
    """

    person: str
    field: str
    value: str
    until: Moment

    def __repr__(self) -> str:
        return f"KeptShown(person={self.person!r}, field={self.field!r}, value='***')"


class PersonFound(Wire, frozen=True, kw_only=True):
    """All that is kept of a person; nothing, where there is none."""

    id: CommandId
    seq: int
    kept: tuple[KeptShown, ...] = ()


class FaultShown(Value, frozen=True, kw_only=True):
    """What is wrong in a configuration file."""

    file: str
    key: str
    expected: str


class ChangeShown(Value, frozen=True, kw_only=True):
    """What would change, in words of the connection's language."""

    branch: str
    key: str
    text: str
    on_restart: bool = False


class ObstacleShown(Value, frozen=True, kw_only=True):
    """What is in use and would be taken away: as long as it is, nothing is put in force."""

    branch: str
    code: str
    text: str


class HitShown(Value, frozen=True, kw_only=True):
    """An appointment that could not be booked any more: it stays until somebody moves it."""

    branch: str
    appointment: AppointmentId
    slot: Moment
    text: str


class ReloadPreview(Wire, frozen=True, kw_only=True):
    """What the configuration files say that is not in force.

    With `faults` they cannot be read, and with `obstacles` not be put in force now. `digest`
    stands for what was read, for `Reload`; "" with faults. `more` changes are not shown. What is
    booked and would not fit the new calendar is in `appointments`.
    """

    id: CommandId
    digest: str = ""
    faults: tuple[FaultShown, ...] = ()
    changes: tuple[ChangeShown, ...] = ()
    more: int = 0
    obstacles: tuple[ObstacleShown, ...] = ()
    appointments: tuple[HitShown, ...] = ()


class ExportReady(Confidential, frozen=True, kw_only=True):
    """What was asked for can be fetched once, with GET at that path of the server, until then.

    `name` is what to call the file.
    """

    id: CommandId
    path: str
    name: str
    rows: int
    until: Moment


class StationShown(Value, frozen=True, kw_only=True):
    """A station, and who is signed in there."""

    id: StationId
    kind: StationKind
    branch: BranchId
    name: StationName = ""
    counter: CounterId | None = None
    since: Moment
    staff: StaffId | None = None


class InvitationShown(Value, frozen=True, kw_only=True):
    """A station that was invited and has not been paired yet. Its code is told to nobody."""

    id: int
    kind: StationKind
    branch: BranchId
    name: StationName = ""
    counter: CounterId | None = None
    until: Moment


class LockShown(Value, frozen=True, kw_only=True):
    """Somebody who may not try to sign in for now; without a station: nowhere.

    Without `until` it takes `UnlockStaff`.
    """

    station: StationId | None = None
    until: Moment | None = None


class StaffShown(Value, frozen=True, kw_only=True):
    """An account. `ready`: the person has chosen a secret."""

    id: StaffId
    roles: tuple[RoleAt, ...]
    disabled: bool = False
    ready: bool = False
    locks: tuple[LockShown, ...] = ()


class HouseView(Wire, frozen=True, kw_only=True):
    """What the administrator and the auditor see: people and stations.

    `seq` counts the events of the journal's stream `house`.
    """

    seq: int
    at: Moment
    staff: tuple[StaffShown, ...]
    stations: tuple[StationShown, ...]
    invitations: tuple[InvitationShown, ...] = ()
