"""Every command arrives once to five times, in any order and hours late: it is done once.

The small form of `bench/resend.py`.
"""

from bench import resend

COMMANDS = 2_000


async def test_commands_that_are_repeated_reordered_and_delayed_are_done_once(seed):
    run = await resend.resend(COMMANDS, seed)

    assert run.problems == []
    assert run.seen["commands"] == COMMANDS
    assert run.seen["sent"] > 2 * COMMANDS
    assert run.seen["days"] > 1
    for what in ("same answers", "too late", "hung up"):
        assert run.seen[what] > 0
