"""What the person at the kiosk has chosen and typed so far, and what is to be carried out for it.

Words only: what a touch does to it is decided in `flow`, and in `booking` where it is about an
appointment; what is shown for it in `pages` and `booking_pages`. Nothing here outlives the
customer: `fresh` forgets everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from shared.protocol import (
    HelpWanted,
    KioskView,
    Lane,
    Language,
    Need,
    ServiceShown,
    VisitId,
    WaitShown,
)

if TYPE_CHECKING:
    from shared.free_times import Free
    from shared.protocol import AppointmentFound

MINUTE_MS: Final = 60_000

BookingStep: TypeAlias = Literal[
    "appointments",
    "code",
    "digits",
    "working",
    "too_early",
    "yours",
    "cancel_sure",
    "book_service",
    "wishes",
    "days",
    "times",
    "taken",
    "kept",
    "amount",
    "privacy",
    "phone",
    "name",
    "mail",
    "booked",
]
Step: TypeAlias = (
    Literal["welcome", "services", "needs", "confirm", "asking", "ticket", "told"] | BookingStep
)

Speech: TypeAlias = Literal["off", "on", "loud"]

ErrandKind: TypeAlias = Literal["check_in", "change", "book"]

NEEDS: Final[tuple[Need, ...]] = get_args(Need)

BOOKING_STEPS: Final = frozenset(get_args(BookingStep))


class Choices(Struct, frozen=True):
    """How this customer wants it: the kiosk has a language of its own to go back to."""

    language: Language = "zh"
    large: bool = False
    speech: Speech = "off"
    care: bool = False
    needs: tuple[Need, ...] = ()


class Punctual(Struct, frozen=True):
    """How a booked customer came. `kind`: early, on time, late within the grace, or too late."""

    kind: Literal["early", "on_time", "grace", "late"]
    minutes: int = 0
    at: int = 0


class Ticket(Struct, frozen=True):
    """A number that was just given. `ahead`: people before it, where the server knows."""

    visit: VisitId
    number: str
    service: str
    at: int
    ahead: int | None = None
    wait: WaitShown | None = None
    link: str = ""
    short_code: str = ""
    came: Punctual | None = None


class Booked(Struct, frozen=True):
    """An appointment that was just booked or moved, as far as its customer takes it along."""

    appointment: int
    service: str
    when: Free
    code: str
    link: str = ""
    moved: bool = False


class Errand(Struct, frozen=True):
    """What a customer has typed and chosen about an appointment.

    `typed` is the line of the open page; `wrong` the key of a sentence about it. `code` and
    `digits`, or the `link`, say whose appointment it is; `found` is what the server knows of it,
    and `when` its time. A chosen time is kept as appointment `held` until `held_until`; where
    others were faster, `near` are the free ones nearby. `told` is a sentence of the server.
    """

    kind: ErrandKind = "check_in"
    typed: str = ""
    wrong: str = ""
    code: str = ""
    digits: str = ""
    link: str = ""
    found: AppointmentFound | None = None
    when: Free | None = None
    service: str = ""
    low_counter: bool = False
    speaks: Language | None = None
    free: tuple[Free, ...] = ()
    first_day: str | None = None
    day: str = ""
    chosen: Free | None = None
    held: int = 0
    held_until: int = 0
    phone: str = ""
    name: str = ""
    mail: str = ""
    amount: str = ""
    told: str = ""
    near: tuple[int, ...] = ()
    booked: Booked | None = None

    def __repr__(self) -> str:
        return f"Errand({self.kind!r})"


class Kiosk(Struct, frozen=True):
    """Where the customer is. `home` is the language to go back to; `told` a sentence of the
    catalogue that is to be read and put away."""

    step: Step = "welcome"
    choices: Choices = Choices()
    home: Language = "zh"
    page: int = 0
    service: str = ""
    ticket: Ticket | None = None
    told: str = ""
    told_values: tuple[tuple[str, str], ...] = ()
    back_to: Step = "welcome"
    errand: Errand = Errand()


# --- What is to be carried out ---------------------------------------------------------------


class Take(Struct, frozen=True):
    """Ask for a number."""

    service: str
    lanes: tuple[Lane, ...]
    needs: tuple[Need, ...]
    language: Language


class Call(Struct, frozen=True):
    """Call whoever is on duty."""

    wanted: HelpWanted


class Print(Struct, frozen=True):
    """Put the ticket on paper, if there is a printer."""

    ticket: Ticket
    choices: Choices


class PrintBooking(Struct, frozen=True):
    """Put the appointment on paper, if there is a printer."""

    booked: Booked
    choices: Choices


class Order(Struct, frozen=True):
    """Give a command about an appointment."""

    kind: Any
    fields: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        return f"Order({self.kind.__name__})"


class Ask(Struct, frozen=True):
    """Ask for what changes nothing: free times, or which appointment it is."""

    kind: Any
    fields: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        return f"Ask({self.kind.__name__})"


Effect: TypeAlias = Take | Call | Print | PrintBooking | Order | Ask
Next: TypeAlias = tuple[Kiosk, Sequence[Effect]]


def fresh(language: Language) -> Kiosk:
    """A kiosk that nobody stands at."""
    return Kiosk(choices=Choices(language=language), home=language)


def tell(kiosk: Kiosk, key: str, back_to: Step, **values: str) -> Kiosk:
    """A sentence to be read and put away."""
    # What is told in place of something told leads back to where that would have led.
    back = kiosk.back_to if back_to == "told" else back_to
    return replace(
        kiosk, step="told", told=key, told_values=tuple(sorted(values.items())), back_to=back
    )


def service_of(view: KioskView | None, service: str) -> ServiceShown | None:
    """A service as the kiosk shows it."""
    shown = view.services if view else ()
    return next((one for one in shown if one.id == service), None)
