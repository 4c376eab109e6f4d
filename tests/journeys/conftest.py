"""The stories of this folder are told in `hall.py`, whose own claims are asserted too."""

import pytest

pytest.register_assert_rewrite("tests.journeys.hall")
