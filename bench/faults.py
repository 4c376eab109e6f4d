"""The fault benches, one after the other: what is killed, cut and starved, and what then holds.

python -m bench.faults [--quick] [--json]
"""

from __future__ import annotations

import sys

from bench.all import run_all

FAULTS = (
    "slow_reader",
    "comeback",
    "kill",
    "power",
    "full_disk",
    "damage",
    "two_servers",
    "resend",
    "storm",
    "days",
)

if __name__ == "__main__":
    sys.exit(run_all("faults", __doc__, FAULTS))
