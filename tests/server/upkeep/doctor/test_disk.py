"""Planted: disks that are full, far away or forgetful."""

import pytest

from server.journal.sqlite_open import NETWORK_FILESYSTEMS
from tests.server.upkeep.doctor.sound import (
    MB,
    found_in,
    only,
    settings,
)


def test_a_disk_that_is_nearly_full_is_a_fault(folder):
    assert only(folder, "disk_full", free_bytes=199 * MB).grade == "fault"


def test_a_disk_that_fills_is_a_warning(folder):
    assert only(folder, "disk_filling", free_bytes=499 * MB).grade == "warning"
    assert found_in(folder, free_bytes=500 * MB) == {}


def test_how_much_must_be_free_is_configured(folder):
    settings(folder, free_mb_fault=100000)

    only(folder, "disk_full")


@pytest.mark.parametrize("kind", sorted(NETWORK_FILESYSTEMS))
def test_a_network_file_system_is_a_fault(folder, kind):
    only(folder, "network_filesystem", filesystem=kind)


@pytest.mark.parametrize("kind", ["overlay", "tmpfs", "vfat"])
def test_a_file_system_that_forgets_is_a_warning(folder, kind):
    only(folder, "filesystem_unsuitable", filesystem=kind)


def test_of_an_unknown_file_system_nothing_is_said(folder):
    assert found_in(folder, filesystem="") == {}
