"""What is kept of secrets is on disk whole, however many change it at the same time."""

import asyncio

import pytest

from server.credentials import Credentials, KeptCode
from server.domain.refusals import Busy, Refused


async def keep_code(credentials, n):
    credentials.kept.codes[f"staff:{n}"] = KeptCode(hash=f"{n}", until=1)
    await credentials.save()


async def test_people_who_change_something_at_the_same_time_are_all_kept(tmp_path):
    credentials = Credentials(tmp_path / "credentials.json")

    await asyncio.gather(*(keep_code(credentials, n) for n in range(20)))

    assert Credentials.load(tmp_path / "credentials.json").kept == credentials.kept
    assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]


async def test_whoever_stops_waiting_does_not_spoil_what_the_next_one_writes(tmp_path):
    credentials = Credentials(tmp_path / "credentials.json")
    impatient = asyncio.create_task(keep_code(credentials, 1))
    await asyncio.sleep(0)

    impatient.cancel()
    await keep_code(credentials, 2)

    assert Credentials.load(tmp_path / "credentials.json").kept == credentials.kept
    assert set(credentials.kept.codes) == {"staff:1", "staff:2"}


async def test_a_disk_that_takes_nothing_is_told_as_busy(tmp_path):
    credentials = Credentials(tmp_path / "no folder" / "credentials.json")

    with pytest.raises(Refused) as refused:
        await keep_code(credentials, 1)

    assert refused.value.refusal == Busy()
