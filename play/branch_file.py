"""The branch a recorded or designed day needs, as its operator would write it.

Open round the clock, so that nobody who came then is turned away now; with the services people
came for, and a counter for everyone who worked.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Final

from play.plan import CounterPlan, Customer, DayPlan
from shared.i18n import text

SERIES: Final = "ABCDEFGHIJKLMNOPQRSTUWXZ"
"""Letters for numbers; V and Y are kept for VIP and booked tickets."""

SERVICES_MAX: Final = len(SERIES)

LOAD: Final = 0.8
"""Where nobody says how many counters there were: as many as would be busy for so large a part
of the busiest hour."""

COUNTERS_MIN: Final = 2
COUNTERS_MAX: Final = 99

BRANCH_TOML: Final = """\
id = "main"
name = {name}
time_zone = "Asia/Shanghai"

[hours]
day_opens = "00:00"
day_ends = "24:00"

[[hours.rules]]
days = ["mon"]
opens = "00:00"
closes = "24:00"
tickets_from = "00:00"
tickets_until = "24:00"
"""


def branch_toml(plan: DayPlan) -> str:
    """The branch of a plan."""
    services = services_of(plan)
    return "".join(
        [
            BRANCH_TOML.format(name=_words("play.branch")),
            *(
                _service(plan, series, service)
                for series, service in zip(SERIES, services, strict=False)
            ),
            *(_counter(counter, services) for counter in plan.counters),
            *_calling(plan),
        ]
    )


def _service(plan: DayPlan, series: str, service: str) -> str:
    minutes = max(1, min(480, round(usual_minutes(plan.customers, service))))
    return (
        f"\n[[services]]\nid = {json.dumps(service)}\nseries = {json.dumps(series)}\n"
        f"name = {_words('play.service', id=service)}\nusual_minutes = {minutes}\n"
    )


def _counter(counter: CounterPlan, services: Sequence[str]) -> str:
    return (
        f"\n[[counters]]\nid = {counter.counter}\n"
        f"name = {_words('play.counter', n=counter.counter)}\n"
        f"services = {json.dumps(list(counter.services or services))}\n"
    )


def services_of(plan: DayPlan) -> list[str]:
    """What people came for, the commonest first; then what could have been done besides."""
    wanted = Counter(service for customer in plan.customers for service in customer.services)
    offered = (service for counter in plan.counters for service in counter.services)
    return list(dict.fromkeys([*(service for service, _ in wanted.most_common()), *offered]))


def usual_minutes(customers: Sequence[Customer], service: str) -> float:
    """The mean of a service over the day; a minute where nobody was served."""
    took = [
        seconds
        for customer in customers
        for name, seconds in zip(customer.services, customer.service_seconds, strict=False)
        if name == service
    ]
    return fmean(took) / 60 if took else 1.0


def enough_counters(customers: Sequence[Customer]) -> tuple[CounterPlan, ...]:
    """Counters for a day of which only the customers are known; each does everything."""
    work: Counter[int] = Counter()
    for customer in customers:
        work[int(customer.arrival_seconds // 3600)] += math.ceil(sum(customer.service_seconds))
    busiest = max(work.values(), default=0) / 3600
    return counters_of(min(COUNTERS_MAX, max(COUNTERS_MIN, math.ceil(busiest / LOAD))))


def counters_of(number: int) -> tuple[CounterPlan, ...]:
    """So many counters that do everything, all day."""
    return tuple(CounterPlan(counter=n) for n in range(1, number + 1))


def _calling(plan: DayPlan) -> list[str]:
    if not plan.scores:
        return []
    lines = ['\n[calling]\npreset = "day"\nvip_ahead_one_in = 1\n']
    for lane, score in plan.scores.items():
        lines.append(
            f"\n[calling.presets.day.{lane}]\nhead_start_minutes = {score.head_start_minutes:g}\n"
            f"rate = {score.rate:g}\nescalate_minutes = {score.escalate_minutes:g}\n"
        )
    return lines


def _words(key: str, **values: object) -> str:
    zh, en = (json.dumps(text(lang, key, **values), ensure_ascii=False) for lang in ("zh", "en"))
    return f"{{ zh = {zh}, en = {en} }}"
