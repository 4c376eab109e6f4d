"""The key file of the vault."""

import re
import stat

import pytest

from server.vault.keys import HANDLE_BYTES, Key, Keys, add_key, drop_old_keys
from shared.config import ConfigError
from shared.testing import ManualClock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "vault.key"


def newest_of(path):
    newest = Keys.load(path).newest
    assert newest is not None
    return newest.id


def test_without_a_file_there_is_no_key(path):
    assert Keys.load(path).newest is None


def test_a_key_is_made_for_the_servers_own_user_alone(path):
    add_key(path, ManualClock().token)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())
    assert Keys.load(path).newest is not None


def test_a_new_key_seals_and_the_old_ones_stay_until_they_are_dropped(path):
    clock = ManualClock()
    add_key(path, clock.token)
    first = newest_of(path)
    add_key(path, clock.token)

    second = newest_of(path)
    assert second != first
    assert Keys.load(path).by_id(first).id == first

    drop_old_keys(path)
    assert newest_of(path) == second
    assert len(path.read_text().split()) == 1


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("", ""),
        ("secret\n", "line 1"),
        ("0" * 64 + "\n\n" + "1" * 64, "line 2"),
        ("0" * 63 + "G", "line 1"),
        ("0" * 66, "line 1"),
        ("é", "line 1"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused_and_its_content_never_shown(path, content, key):
    path.parent.mkdir()
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(ConfigError) as refused:
        Keys.load(path)

    assert refused.value.key == key
    assert str(path) in str(refused.value)
    assert not content.strip() or content.split()[0] not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(path, mode):
    add_key(path, ManualClock().token)
    path.chmod(mode)

    with pytest.raises(ConfigError, match="chmod 600"):
        Keys.load(path)


def test_a_handle_depends_on_the_key_and_tells_little():
    one, other = Key(bytes(32)), Key(bytes([1]) * 32)
    phones = [f"138{n:08}" for n in range(3000)]

    assert one.handle(phones[0]) == Key(bytes(32)).handle(phones[0])
    assert len(one.handle(phones[0])) == HANDLE_BYTES
    assert sum(one.handle(phone) == other.handle(phone) for phone in phones) < 10
    assert len({one.handle(phone) for phone in phones}) > 2500


def test_a_number_is_looked_for_wherever_any_key_has_put_it():
    old, new = bytes(32), bytes([1]) * 32

    wanted = set(Keys([new, old]).handles("13800131234"))

    for keys in (Keys(), Keys([old]), Keys([new])):
        assert keys.handle("13800131234") in wanted
