"""The demonstration, with a real server process and real connections, at a speed for tests."""

import random
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from play import draws
from play.branch_day import HOUR, branch_day, from_now_on
from play.demo import Plan, run
from play.panels import ANSWERS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


def page_at(line):
    """What is served at the address that a line tells."""
    address = re.search(r"http://[\d.:]+/\S+", line)
    assert address is not None, line
    with urllib.request.urlopen(address[0], timeout=PATIENCE_SECONDS) as answer:
        return answer.read().decode()


def test_a_short_day_is_played_to_be_looked_at_and_its_journal_agrees():
    said: list[str] = []
    pages: list[str] = []

    def hear(line):
        said.append(line)
        if "/kiosk" in line:
            pages.append(page_at(line))

    code = run(Plan(people=8, minutes=10, rate=1500, language="en"), out=hear)

    assert code == 0, said
    assert any("A001" in line and "Counter" in line for line in said)
    assert said[-1].startswith("The journal agrees: 8 tickets")
    assert len(pages) == 1
    assert "textual-terminal" in pages[0]


def test_whoever_stays_looks_on_until_it_is_enough():
    command = [sys.executable, "-m", "lobby", "demo", "--stay", "--language", "en"]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    try:
        begun = demo.stdout.readline()
        kiosk = next(line for line in demo.stdout if "/kiosk" in line)
        page = page_at(kiosk)
        demo.send_signal(signal.SIGINT)
        code = demo.wait(PATIENCE_SECONDS)
    finally:
        demo.kill()
        demo.stdout.close()

    assert "4 times as fast as life" in begun
    assert "textual-terminal" in page
    assert code == 0


def test_the_day_to_stay_in_is_the_rest_of_a_whole_one():
    whole, rest = branch_day(17), from_now_on(17, 10 * HOUR)

    assert rest.first_seconds >= 10 * HOUR
    assert rest.customers == whole.customers[-len(rest.customers) :]
    assert rest.counters == whole.counters


def test_most_customers_touch_the_panels_and_the_same_ones_again():
    asked = [[draws.one_of(random.Random(seed), ANSWERS) for seed in range(200)] for _ in range(2)]

    assert asked[0] == asked[1]
    assert 100 < sum(score is not None for score in asked[0]) < 200
    assert {score for score in asked[0] if score} <= {2, 3, 4, 5}
