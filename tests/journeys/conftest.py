"""The stories of this folder are told in `hall.py` and by its people, who assert things too."""

import pytest

pytest.register_assert_rewrite("tests.journeys.hall", "tests.journeys.people")
