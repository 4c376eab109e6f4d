"""The sound folder, built once; each test gets a copy to spoil."""

import asyncio
import shutil

import pytest

from shared import i18n
from tests.server.upkeep.doctor.sound import build


@pytest.fixture(scope="session")
def pattern(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound") / "data"
    asyncio.run(build(folder))
    return folder


@pytest.fixture
def folder(pattern, tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(pattern, copy)
    return copy


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """A missing sentence or value is an error here."""
    monkeypatch.setattr(i18n, "_strict", True)
