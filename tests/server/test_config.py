"""The data folder: what is there is read strictly, what is not there has a default."""

import pytest

from server.config import (
    DEFAULT_BRANCH,
    PLAIN_HTTP_WORDS,
    ServerConfig,
    errors_in,
    is_loopback,
    load_data_folder,
    names_of,
)
from server.domain.configuration import BranchConfig, faults
from shared.config import ConfigError, load

EXAMPLE = DEFAULT_BRANCH.read_text(encoding="utf-8")


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def error_of(folder):
    with pytest.raises(ConfigError) as caught:
        load_data_folder(folder)
    return caught.value


def test_an_empty_folder_is_a_server_on_this_machine_with_the_example_branch(tmp_path):
    server, branches = load_data_folder(tmp_path)

    assert server == ServerConfig()
    assert (server.listen.host, server.listen.port) == ("127.0.0.1", 8470)
    assert list(branches) == ["main"]


def test_a_folder_that_is_not_there_yet_is_an_empty_one(tmp_path):
    assert load_data_folder(tmp_path / "new") == load_data_folder(tmp_path)


def test_the_example_branch_fits_together_and_speaks_both_languages():
    branch = load(DEFAULT_BRANCH, BranchConfig)

    assert faults(branch) == []
    words = [branch.name, *names_of(branch).values()]
    words += [counter.name for counter in branch.counters]
    words += [word for service in branch.services for word in service.bring]
    assert all(word.zh and word.en for word in words)
    assert not any(word.zh.isascii() or not word.en.isascii() for word in words)


def test_the_example_branch_is_the_one_people_know():
    branch = load(DEFAULT_BRANCH, BranchConfig)

    assert [service.id for service in branch.services] == ["A", "F", "L", "W", "Q"]
    assert [service.usual_minutes for service in branch.services] == [6, 12, 25, 15, 18]
    assert {counter.id: counter.services for counter in branch.counters} == {
        1: ("A", "F"),
        2: ("A", "F"),
        3: ("A", "F"),
        4: ("A", "F"),
        5: ("F", "W"),
        6: ("Q",),
        7: ("L",),
        8: ("L",),
    }
    assert [c.id for c in branch.counters if c.low and c.care_first] == [3]
    assert [c.id for c in branch.counters if c.elastic] == [4]
    assert [(c.id, c.when_idle) for c in branch.counters if c.vip] == [(8, ("A", "F"))]
    assert [service.id for service in branch.services if service.keep_open] == ["A"]
    assert len(branch.machines) == 2


def test_no_spoken_name_says_that_somebody_is_a_vip():
    branch = load(DEFAULT_BRANCH, BranchConfig)

    assert not any("贵宾" in c.name.zh or "VIP" in c.name.en for c in branch.counters)


def test_branches_are_known_by_the_names_of_their_files(tmp_path):
    for branch in ("west", "east"):
        write(tmp_path, f"branches/{branch}.toml", EXAMPLE.replace('"main"', f'"{branch}"'))

    assert list(load_data_folder(tmp_path)[1]) == ["east", "west"]


def test_a_branch_under_another_name_than_its_files_is_refused(tmp_path):
    file = write(tmp_path, "branches/west.toml", EXAMPLE)

    error = error_of(tmp_path)

    assert (error.file, error.key) == (file, "id")
    assert "'west'" in error.expected


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("usual_minutes = 6", 'usual_minutes = "six"', "services[0].usual_minutes"),
        ("usual_minutes = 6", "usual_minute = 6", "services[0].usual_minute"),
        ('services = ["Q"]', 'services = ["X"]', "counters[5].services"),
        ('"Asia/Shanghai"', '"Asia/Atlantis"', "time_zone"),
        ('day_ends = "20:00"', 'day_ends = "07:00"', "hours.day_ends"),
        ('name = { zh = "示范支行"', 'name = { zh = "示范支行', "line 9, column 28"),
    ],
)
def test_a_mistake_in_a_branch_is_named_by_file_and_key(tmp_path, old, new, key):
    file = write(tmp_path, "branches/main.toml", EXAMPLE.replace(old, new, 1))

    error = error_of(tmp_path)

    assert (error.file, error.key) == (file, key)
    assert error.expected
    assert str(file) in str(error)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("port = 80", "port"),
        ("[listen]\nport = 70000", "listen.port"),
        ("[listen]\nprot = 80", "listen.prot"),
        ('public_url = "lobby.example"', "public_url"),
        ('public_url = "https://lobby.example/queue"', "public_url"),
        ('public_url = "https://lobby.example/"', "public_url"),
        ("connections_max = 0", "connections_max"),
        ('[tls]\ncertificate = "no.pem"\nkey = "no.key"', "tls.certificate"),
        ('[tls]\ncertificate = "no.pem"', "tls.key"),
        ('plain_http_beyond_loopback = "yes"', "plain_http_beyond_loopback"),
        ("plain_http_beyond_loopback = true", "plain_http_beyond_loopback"),
    ],
)
def test_a_mistake_in_the_servers_file_is_named_by_its_key(tmp_path, text, key):
    file = write(tmp_path, "lobby.toml", text)

    error = error_of(tmp_path)

    assert (error.file, error.key) == (file, key)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "lobby.example"])
def test_nothing_listens_beyond_this_machine_without_tls_or_the_words(tmp_path, host):
    listen = f'[listen]\nhost = "{host}"\n'
    write(tmp_path, "lobby.toml", listen)
    assert error_of(tmp_path).key == "plain_http_beyond_loopback"

    write(tmp_path, "lobby.toml", f'plain_http_beyond_loopback = "{PLAIN_HTTP_WORDS}"\n{listen}')

    assert load_data_folder(tmp_path)[0].listen.host == host


def test_with_tls_it_listens_anywhere(tmp_path):
    write(tmp_path, "cert.pem", "")
    write(tmp_path, "key.pem", "")
    tls = '[tls]\ncertificate = "cert.pem"\nkey = "key.pem"\n[listen]\nhost = "0.0.0.0"\n'
    write(tmp_path, "lobby.toml", tls)

    assert load_data_folder(tmp_path)[0].tls


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_words(host):
    assert is_loopback(host)


def test_all_mistakes_are_found_not_only_the_first(tmp_path):
    broken = EXAMPLE.replace('services = ["Q"]', 'services = ["X"]')
    write(tmp_path, "lobby.toml", "port = 80")
    write(tmp_path, "branches/main.toml", broken.replace('"Asia/Shanghai"', '"Asia/Atlantis"'))

    keys = [error.key for error in errors_in(tmp_path)]

    assert keys == ["port", "time_zone", "counters[5].services"]


def test_services_and_machines_have_names(tmp_path):
    names = names_of(load_data_folder(tmp_path)[1]["main"])

    assert names["A"].en == "Cash and transfers"
    assert names["M2"].en == "Machine two"
