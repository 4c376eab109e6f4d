"""A generated day."""

from play.day import MINUTE_MS, generate
from shared.protocol import ServiceShown, ServiceStatus, Words

NINE = 1_794_790_800_000


def service(name: str, status: ServiceStatus = "open") -> ServiceShown:
    return ServiceShown(id=name, name=Words(), status=status, waiting=0, usual_minutes=6)


def test_the_same_seed_gives_the_same_day(seed):
    services = [service("A"), service("F")]

    one, two = (generate(seed, services, NINE, NINE + 60 * MINUTE_MS, 200) for _ in range(2))

    assert one == two
    assert one != generate(seed + 1, services, NINE, NINE + 60 * MINUTE_MS, 200)


def test_customers_come_in_order_within_the_time_and_want_what_is_offered(seed):
    services = [service("A"), service("Q", "not_today"), service("F", "too_early")]

    day = generate(seed, services, NINE, NINE + 60 * MINUTE_MS, 300)

    arrivals = [customer.arrives_at for customer in day]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= NINE
    assert arrivals[-1] < NINE + 60 * MINUTE_MS
    assert {customer.service for customer in day} == {"A", "F"}


def test_a_service_takes_what_it_usually_takes_on_average(seed):
    day = generate(seed, [service("A")], NINE, NINE + 600 * MINUTE_MS, 20_000)

    mean = sum(customer.service_minutes for customer in day) / len(day)

    assert 5.8 < mean < 6.2
