"""Everything that is measured, and a summary of what was promised.

python -m bench [--quick] [--json]
"""

from __future__ import annotations

import sys

from bench.all import run_all
from bench.faults import FAULTS

BRANCH = ("month",)
SPEED = ("path", "startup", "recorded_day")
KIOSK = ("kiosk_start", "kiosk_crash", "kiosk_monkey")

if __name__ == "__main__":
    sys.exit(run_all("__main__", __doc__, (*BRANCH, *SPEED, *KIOSK, *FAULTS)))
