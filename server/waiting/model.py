"""What is known of a branch beyond the moment: how long things take, who comes, who stays away.

A model is plain values that `learn.py` makes of what was observed, shrunk to priors; it is kept
in the store and can be made again from the journal. It is for forecasts alone: nobody is shown
or ranked by the speed of a counter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct

from server.waiting.absences import DayBefore
from server.waiting.arrivals import Arrivals
from server.waiting.chance import Floats
from server.waiting.laws import Law, believed, exactly, lognormal

VARIATION: Final = 0.8
"""Of service times, until a service has its own; 0.6 to 1.3 in the data at hand."""

NO_SHOW_PRIOR: Final = 0.05
DAY_SPREAD_PRIOR: Final = 0.05
"""How far the pace of the work of a day is off the usual, as a spread of logarithms."""

RANGES_FROM: Final = 30
"""Finished tickets of a service before a range is shown for it."""


class Patience(Struct, frozen=True):
    """Of those who have not been called, the share still there after so many minutes.

    Nothing is known beyond the last of them: who has outlasted all who were ever seen to leave, as
    everybody has on a morning when nothing works, is taken to stay.
    """

    minutes: tuple[float, ...] = (0.0,)
    staying: tuple[float, ...] = (1.0,)

    @property
    def endless(self) -> bool:
        """Whether nobody has been seen to leave."""
        return self.staying[-1] >= 1.0


class Model(Struct, frozen=True, kw_only=True):
    """A branch's habits. All times in minutes.

    `walk` is from the call to the beginning, `gap` from an end to the next call while somebody
    waits, `absent` what a call costs that nobody answers, `pause` how long a counter is away.
    `late` is how much later than the slot booked customers come (negative: earlier). `day_spread`
    is how far the work of one day takes longer or shorter than that of another. `absences` are who
    was away on the days before, none where nobody was.
    """

    services: dict[str, Law] = {}
    speeds: dict[int, float] = {}
    walk: Law = exactly(0.5)
    gap: Law = exactly(0.2)
    absent: Law = exactly(1.5)
    pause: Law = lognormal(20.0, 1.0)
    no_show: float = NO_SHOW_PRIOR
    booked_no_show: float = 0.12
    late: Law = exactly(-5.0)
    arrivals: Arrivals = Arrivals()
    patience: dict[str, Patience] = {}
    day_spread: float = DAY_SPREAD_PRIOR
    absences: tuple[DayBefore, ...] = ()
    finished: dict[str, int] = {}
    days: int = 0
    priors: bool = False

    def service(self, service: str) -> Law:
        """The law of a service; of one never heard of, the mean of the others."""
        law = self.services.get(service)
        if law is not None:
            return law
        means = [known.mean for known in self.services.values()]
        return believed(sum(means) / len(means) if means else 6.0, VARIATION)

    def staying(self, service: str, waited: float, longer: Floats) -> Floats | None:
        """How likely somebody who has waited so long stays for so much longer (minutes); None
        where nobody ever leaves, or has left after so long."""
        patience = self.patience.get(service)
        if patience is None or patience.endless or waited >= patience.minutes[-1]:
            return None
        minutes, shares = np.array(patience.minutes), np.array(patience.staying)
        now = max(float(np.interp(waited, minutes, shares)), 1e-9)
        staying: Floats = np.interp(waited + longer, minutes, shares) / now
        return staying

    def speaks_for(self, service: str) -> bool:
        """Whether enough is known to show minutes for a service."""
        return self.priors or self.has_seen(service)

    def has_seen(self, service: str) -> bool:
        """Whether enough tickets of a service were finished to go by them."""
        return self.finished.get(service, 0) >= RANGES_FROM


def prior_model(usual_minutes: dict[str, float], *, priors: bool = False) -> Model:
    """Before the first day: what the configuration says of each service."""
    laws = {service: believed(usual, VARIATION) for service, usual in usual_minutes.items()}
    return Model(services=laws, priors=priors)
