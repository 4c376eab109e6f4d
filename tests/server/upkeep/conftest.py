"""A data folder in which a branch has lived: made once, copied for each test."""

import asyncio
import shutil

import pytest

from tests.server.upkeep.lived import live


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lived") / "data"
    asyncio.run(live(folder))
    return folder


@pytest.fixture
def folder(lived_in, tmp_path):
    return shutil.copytree(lived_in, tmp_path / "data")
