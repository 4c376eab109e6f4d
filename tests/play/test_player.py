"""A recorded day through a live server: what the journal says is what the file says."""

import csv
import io
import json
import random
from collections import Counter
from typing import Any

from play.checks import check
from play.compare import compare, stories
from play.csv_day import read_day
from play.plan import CounterPlan, Customer, DayPlan, Shift
from server.journal.contract import Row
from server.journal.upcast import stamp_of, to_event
from server.reports.fairness import fairness
from server.reports.one_day import cut
from tests.play.one_lobby import play_here

NINE = 9 * 3600.0


def write_day(file, seed, customers=100):
    """A morning in which everything occurs that a file can tell of."""
    chance = random.Random(seed)
    table = csv.DictWriter(
        out := io.StringIO(), ["arrival", "service", "lane", "seconds", "leave", "needs"]
    )
    table.writeheader()
    for n in range(customers):
        arrival = 8 * 3600 + 52 * 60 + n * 61 + chance.randrange(60)
        kind = "leaves" if n % 9 == 4 else "absent" if n % 17 == 8 else "served"
        service = chance.choice(["A", "A", "B", "A+B"])
        seconds = "+".join(str(chance.randrange(5, 300)) for _ in service.split("+"))
        table.writerow(
            {
                "arrival": arrival,
                "service": service,
                "lane": chance.choice(["ordinary", "ordinary", "care", "vip", "care+appointment"]),
                "seconds": seconds if kind == "served" else "",
                "leave": arrival + chance.randrange(1, 900) if kind == "leaves" else "",
                "needs": chance.choice(["", "", "visual_call"]) if kind == "served" else "",
            }
        )
    file.write_text(out.getvalue(), encoding="utf-8")


def happened(journal):
    """The journal's events, each with when and by whom."""
    for line in journal:
        told = json.loads(line)
        fields = {name: told[name] for name in ("seq", "day", "at", "command_id", "type", "hash")}
        row = Row(actor=json.dumps(told["actor"]), data=json.dumps(told["data"]).encode(), **fields)
        yield to_event(row), stamp_of(row)


async def test_a_recorded_day_is_in_the_journal_as_it_is_in_the_file(tmp_path, seed):
    write_day(tmp_path / "day.csv", seed)

    _, journal = await play_here(read_day(tmp_path / "day.csv"))

    wanted: Counter[Any] = Counter()
    wanted_ms: Counter[str] = Counter()
    for row in csv.DictReader((tmp_path / "day.csv").read_text().splitlines()):
        outcome = "done" if row["seconds"] else "left" if row["leave"] else "given_up"
        service = row["service"].partition("+")[0]
        wanted[service, row["lane"], outcome] += 1
        wanted_ms[service] += sum(int(one) * 1000 for one in row["seconds"].split("+") if one)
    served_ms: Counter[str] = Counter()
    services, lanes, since, outcomes = {}, {}, {}, {}
    for entry in map(json.loads, journal):
        event, visit, at = entry["data"], entry["data"].get("visit"), entry["at"]
        match event["type"]:
            case "TicketTaken":
                services[visit] = event["service"]
                lanes[visit] = "+".join(event.get("lanes", ["ordinary"]))
            case "ServiceStarted":
                since[visit] = at
            case "TransactionFinished" | "TicketTransferred" | "ServiceFinished":
                served_ms[services[visit]] += at - since[visit]
                since[visit] = at
                outcomes[visit] = "done"
            case "TicketLeft" | "TicketGivenUp":
                outcomes[visit] = "left" if event["type"] == "TicketLeft" else "given_up"
            case _:
                pass
    counted = Counter((services[v], lanes[v], outcomes.get(v)) for v in services)
    assert counted == wanted
    fair = fairness([cut(happened(journal), None, "rehearsal")], "2026-11")
    assert fair.outside_count == 0, "nobody is overtaken from outside the window of the rule"
    assert sum(one.times for one in fair.overtaken.by_rule) > 0
    assert served_ms == wanted_ms
    assert len(services) == 100


async def test_what_was_compared_agrees_to_the_second(tmp_path, seed):
    write_day(tmp_path / "day.csv", seed, customers=40)
    plan = read_day(tmp_path / "day.csv")

    played, journal = await play_here(plan)

    found = compare(plan, played, stories(journal))
    assert found.counts_agree
    assert found.times.kept
    assert found.times.off_seconds_max == 0
    assert found.times.played_seconds == found.times.planned_seconds > 0
    assert (found.customers, found.tickets, found.turned_away) == (40, 40, {})
    assert check(journal, taken=40).wrong == []


async def test_who_left_in_the_recorded_day_leaves_also_when_called_before():
    soon_called = Customer(arrival_seconds=NINE + 60, services=("A",), leave_seconds=NINE + 1800.0)

    played, journal = await play_here(DayPlan(customers=(soon_called,), recorded=True))

    types = [json.loads(line)["type"] for line in journal]
    assert types.index("TicketCalled") < types.index("TicketLeft")
    assert "ServiceStarted" not in types
    assert [ticket.ended for ticket in played.crowd.tickets.values()] == ["left"]


async def test_customers_leave_by_their_phones_where_there_is_an_address_for_them():
    customer = Customer(arrival_seconds=NINE - 300, services=("A",), leave_seconds=NINE - 120.0)

    _, journal = await play_here(
        DayPlan(customers=(customer,), recorded=True), public_url="https://lobby.invalid"
    )

    leaving = next(row for row in map(json.loads, journal) if row["type"] == "TicketLeft")
    assert leaving["actor"]["role"] == "customer"


async def test_a_generated_customer_leaves_only_when_not_called_in_time():
    serves: dict[str, Any] = {"service_seconds": (60.0,), "services": ("A",)}
    patient = Customer(arrival_seconds=NINE + 60, leave_seconds=NINE + 600, **serves)
    impatient = Customer(arrival_seconds=NINE - 300, leave_seconds=NINE - 200, **serves)

    played, _ = await play_here(DayPlan(customers=(impatient, patient)))

    endings = [ticket.ended for ticket in played.crowd.tickets.values()]
    assert endings == ["left", "done"]


async def test_who_does_not_come_is_called_three_times_and_given_up_in_the_evening():
    absent = Customer(arrival_seconds=NINE, services=("A",), comes=False)

    _, journal = await play_here(DayPlan(customers=(absent,), recorded=True))

    types = [json.loads(line)["type"] for line in journal]
    assert types.count("TicketRecalled") == 2
    assert types.index("TicketMissed") < types.index("TicketGivenUp")
    assert types[-1] == "DayClosed"


async def test_tellers_keep_their_shifts_and_breaks_but_strand_nobody():
    first = Shift(begin_seconds=NINE, end_seconds=NINE + 1800, breaks=((NINE + 600, NINE + 1200),))
    late = Customer(arrival_seconds=NINE + 1790, services=("A",), service_seconds=(600.0,))
    later = Customer(arrival_seconds=NINE + 1795, services=("A",), service_seconds=(30.0,))
    plan = DayPlan(
        customers=(late, later),
        counters=tuple(CounterPlan(counter=n, shifts=(first,) if n == 1 else ()) for n in (1, 2)),
    )

    _, journal = await play_here(plan, counters=2)

    told = [(row["type"], row["at"]) for row in map(json.loads, journal)]
    at = {name: (ms - told[0][1]) // 1000 for name, ms in reversed(told)}
    assert at["CounterPaused"] - at["CounterOpened"] == 600
    assert at["CounterResumed"] - at["CounterPaused"] == 600
    assert [name for name, _ in told].count("ServiceFinished") == 2
    assert at["CounterClosed"] - at["CounterOpened"] > 1790 + 600


async def test_whom_nobody_serves_is_told_so_when_the_day_is_closed():
    closed = CounterPlan(counter=1, shifts=())
    customer = Customer(arrival_seconds=NINE, services=("A",), service_seconds=(60.0,))

    played, journal = await play_here(
        DayPlan(customers=(customer,), counters=(closed,)), counters=1
    )

    types = [json.loads(line)["type"] for line in journal]
    assert types[-2:] == ["TicketUnserved", "DayClosed"]
    assert [ticket.ended for ticket in played.crowd.tickets.values()] == ["unserved"]


async def test_whom_the_kiosk_turns_away_is_counted():
    early = Customer(arrival_seconds=NINE - 1200, services=("A",), service_seconds=(60.0,))
    in_time = Customer(arrival_seconds=NINE, services=("A",), service_seconds=(60.0,))
    plan = DayPlan(customers=(early, in_time), recorded=True)

    played, journal = await play_here(plan, start="2026-11-16T08:30")

    assert played.crowd.turned_away == {"TooEarlyForTickets": 1}
    found = compare(plan, played, stories(journal))
    assert (found.customers, found.tickets, found.counts_agree) == (2, 1, False)


async def test_a_sign_in_that_ends_during_a_long_day_is_made_again():
    early = Customer(arrival_seconds=NINE, services=("A",), service_seconds=(60.0,))
    late = Customer(arrival_seconds=16.7 * 3600, services=("B",), service_seconds=(1200.0,))
    plan = DayPlan(customers=(early, late), recorded=True)

    played, journal = await play_here(plan, start="2026-11-16T08:50", counters=1)

    at = [(row["type"], row["at"]) for row in map(json.loads, journal)]
    day_ms = at[-1][1] - at[0][1]
    assert at[-1][0] == "DayClosed"
    assert day_ms > 8 * 3600 * 1000
    assert compare(plan, played, stories(journal)).counts_agree


async def test_who_comes_when_the_call_has_expired_is_called_back_and_served():
    slow = Customer(
        arrival_seconds=NINE, services=("A",), service_seconds=(60.0,), walk_seconds=400.0
    )
    plan = DayPlan(customers=(slow,), recorded=True)

    played, journal = await play_here(plan)

    types = [json.loads(line)["type"] for line in journal]
    assert types.count("TicketCalled") == 2
    assert types.index("TicketMissed") < types.index("ServiceFinished")
    assert compare(plan, played, stories(journal)).counts_agree
