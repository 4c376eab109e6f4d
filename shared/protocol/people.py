"""Signing in and out, and what a signed-in person is told."""

from __future__ import annotations

from shared.protocol.words import (
    BranchId,
    CommandId,
    Confidential,
    Moment,
    OneTimePassword,
    PersonalSecret,
    Role,
    SignInEnd,
    StaffId,
    StaffRole,
    Value,
    Wire,
)


class RoleAt(Value, frozen=True, kw_only=True):
    """What somebody is in one branch; `*` is every branch."""

    branch: BranchId
    role: StaffRole


class HouseCommand(Wire, frozen=True, kw_only=True):
    """What every command about people and stations carries: an id made by the client.

    It belongs to no business day. A repeated id gets the first answer again; after a restart of
    the server a new one-time code in place of the first one, which nobody knows any more.
    """

    id: CommandId


class PersonalCommand(Confidential, frozen=True, kw_only=True):
    """The same for commands that carry a secret. Nothing of them is remembered."""

    id: CommandId


class SignIn(PersonalCommand, frozen=True, kw_only=True):
    """签到 — say who is at this station, and prove it. Answered with `SignedIn`.

    The person's sign-in at another station ends. While somebody else is signed in here it is
    refused with `SomebodySignedIn`; with `hand_over` that person's sign-in ends and the ticket in
    service stays.
    """

    staff: StaffId
    secret: PersonalSecret
    otp: OneTimePassword = ""
    hand_over: bool = False


class SignOut(HouseCommand, frozen=True, kw_only=True):
    """签退 — end the own sign-in."""


class Unlock(PersonalCommand, frozen=True, kw_only=True):
    """解锁 — prove it once more. Answered with `SignedIn`, which has a new token.

    After the terminal was left alone for too long, or when `ProveAgain` was the answer to a
    command: for two minutes such commands are taken.
    """

    secret: PersonalSecret


class SetOwnSecret(PersonalCommand, frozen=True, kw_only=True):
    """Choose an own password (a teller: a PIN), with the old one or with a one-time code.

    Tellers may choose a PIN of 6 digits or more, which works at counters only; everybody else a
    password of 8 characters or more. Where a second factor is asked for, the answer to a
    one-time code carries its `otp_secret`.
    """

    staff: StaffId
    old: PersonalSecret
    new: PersonalSecret


class SignedIn(Confidential, frozen=True, kw_only=True):
    """The sign-in holds on this connection, and with `Hello.token` on later ones.

    It ends at `until`. After `idle_ms` without a command it is locked: see `Unlock`.
    """

    id: CommandId
    token: str
    staff: StaffId
    role: Role
    until: Moment
    idle_ms: int
    views: tuple[str, ...] = ()


class SignInEnded(Wire, frozen=True, kw_only=True):
    """Nobody is signed in on this connection any more, and its views have stopped."""

    reason: SignInEnd
