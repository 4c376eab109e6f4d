"""A sentence that is missing is an error here, before people see it."""

import pytest

from shared.i18n import be_strict


@pytest.fixture(autouse=True)
def strict():
    be_strict()
    yield
    be_strict(False)
