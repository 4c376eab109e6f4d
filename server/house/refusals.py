"""Why something about people or stations is refused: named after the state that forbids it."""

from __future__ import annotations

from server.domain.refusals import Refusal
from shared.protocol import StationKind


class HouseRefusal(Refusal, frozen=True):
    """What these refusals have in common."""


class WrongCode(HouseRefusal, frozen=True):
    """No such code is waiting: mistyped, used before, or too old."""

    at = "code"


class PairingPaused(HouseRefusal, frozen=True):
    """Too many wrong codes were tried in this branch; all that were waiting are void."""

    at = "code"
    seconds: int


class UnknownBranch(HouseRefusal, frozen=True):
    """No such branch on this server; or it has several, and one must be named."""

    at = "branch"
    branch: str


class UnknownInvitation(HouseRefusal, frozen=True):
    """No such invitation waits: it was used, cancelled, or is too old."""

    at = "invitation"
    invitation: int


class UnknownStation(HouseRefusal, frozen=True):
    """No such station."""

    at = "station"
    station: str


class CounterNotThere(HouseRefusal, frozen=True):
    """A station at a counter must name a counter of its branch, and no other kind names one."""

    at = "counter"
    kind: StationKind


class UnknownStaff(HouseRefusal, frozen=True):
    """Nobody has that id, or not in your branch."""

    at = "staff"
    staff: str


class NotOfTheLobby(HouseRefusal, frozen=True):
    """Nobody of that id works in this branch's lobby: what is given there would be nobody's."""

    at = "staff"
    staff: str


class StaffExists(HouseRefusal, frozen=True):
    """Somebody has that id already."""

    at = "staff"
    staff: str


class RoleOfTheHouse(HouseRefusal, frozen=True):
    """Administrators and auditors are that for every branch (`*`), the others for one or more."""

    at = "roles"


class LastAdministrator(HouseRefusal, frozen=True):
    """Nobody else could look after the house."""

    at = "staff"
    staff: str


class SetUpBefore(HouseRefusal, frozen=True):
    """The server has an administrator: it is not set up again."""

    at = "code"


class SignInWrong(HouseRefusal, frozen=True):
    """Id, secret and second factor do not fit together, or not at this station."""

    at = "secret"


class SignInBlocked(HouseRefusal, frozen=True):
    """Too many wrong tries at this station; another one may be tried after some seconds."""

    at = "secret"
    seconds: int


class SignInLocked(HouseRefusal, frozen=True):
    """Too many wrong tries today; a manager or the administrator has to unlock the account."""

    at = "staff"


class SomebodySignedIn(HouseRefusal, frozen=True):
    """Somebody else is signed in at this station; take over explicitly."""

    at = "hand_over"
    staff: str


class NobodySignedIn(HouseRefusal, frozen=True):
    """Nobody is signed in on this connection."""

    at = "type"


class Locked(HouseRefusal, frozen=True):
    """The terminal was left alone: whoever is signed in must prove it again."""

    at = "type"


class ProveAgain(HouseRefusal, frozen=True):
    """This needs the password again, typed within the last two minutes: `Unlock`, and repeat."""

    at = "type"


class AuthenticatorNeeded(HouseRefusal, frozen=True):
    """The role needs a second factor now: choosing the secret again (`SetOwnSecret`) gives one."""

    at = "otp"


class ConfigurationFaulty(HouseRefusal, frozen=True):
    """The configuration files have faults; a preview tells all of them."""

    at = "digest"
    file: str
    key: str
    expected: str


class ConfigurationChanged(HouseRefusal, frozen=True):
    """The configuration files are not those that were previewed."""

    at = "digest"


class DaysNotValid(HouseRefusal, frozen=True):
    """The first and the last day are not days of the calendar, or not in their order."""

    at = "first_day"


class ExportTooLarge(HouseRefusal, frozen=True):
    """More than is handed out at a time."""

    at = "last_day"
    days_max: int
    rows_max: int


class NothingOnDisk(HouseRefusal, frozen=True):
    """This server keeps its journal in memory: there is nothing to take out."""

    at = "what"


class SecretTooShort(HouseRefusal, frozen=True):
    """A password needs 8 characters, a teller's PIN 6 digits."""

    at = "new"
    characters_min: int


class SecretTooCommon(HouseRefusal, frozen=True):
    """Many people use it: it would be tried first."""

    at = "new"


class PhoneOrVisit(HouseRefusal, frozen=True):
    """A person is named by a telephone number, or by the day and the number of a visit."""

    at = "phone"


class ValuesDamaged(HouseRefusal, frozen=True):
    """Something that is kept cannot be read; the server's log says what."""

    at = "branch"


HOUSE_REFUSALS: dict[str, type[Refusal]] = {c.__name__: c for c in HouseRefusal.__subclasses__()}
"""Every one by its code."""
