"""What every test run has in common: one seed, printed, and no deadline on a busy machine.

The same seed plays the same run; LOBBY_SEED=<number> plays another one. A red run is repeated by
giving its seed again.
"""

import logging
import os

import hypothesis
import pytest

SEED_DEFAULT = 20261123  # any number would do; it only has to stay the same

# Not derandomised: that would tie the examples to each test's source and make LOBBY_SEED useless.
# No deadline: how long one example takes says something about the machine, not about the code.
hypothesis.settings.register_profile("ci", derandomize=False, deadline=None, print_blob=True)
hypothesis.settings.load_profile("ci")


def _seed() -> int:
    return int(os.environ.get("LOBBY_SEED", SEED_DEFAULT))


@pytest.hookimpl(tryfirst=True)  # before hypothesis reads its options
def pytest_configure(config: pytest.Config) -> None:
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(_seed())


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: LOBBY_SEED={config.option.hypothesis_seed}"


def pytest_runtest_teardown() -> None:
    """A server's command that ran in this process has set up logging for the whole of it, to a
    stream that ends with its test."""
    for handler in logging.root.handlers[:]:
        if type(handler) is logging.StreamHandler:  # pytest's own are of other kinds
            logging.root.removeHandler(handler)


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """The seed of this run, for tests that draw numbers without hypothesis."""
    return int(pytestconfig.option.hypothesis_seed)
