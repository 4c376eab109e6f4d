"""Gateways and mail servers are knocked at over real sockets, and never asked to send anything."""

import socket
import threading
from contextlib import closing, contextmanager

import pytest

from server.config import Reminders, Smtp, Webhook
from server.upkeep.doctor.knocking import Knocked, knock
from tests.server.certificates import Authority
from tests.server.reminders.test_smtp import mail_server
from tests.server.reminders.test_webhook import gateway

SOON = 0.2
"""Seconds for which a silent one is waited for; whoever speaks does at once."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "webhook.secret").write_text("s" * 44)
    (tmp_path / "password").write_text("hush")
    return tmp_path


@contextmanager
def nobody():
    """A port at which nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def somebody_silent():
    """A port at which everybody is let in, and nobody is told anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def posting(port, scheme="http", **fields):
    url = f"{scheme}://127.0.0.1:{port}/robot/secret-of-the-robot"
    return Reminders(webhook=Webhook(url=url, secret_file="webhook.secret", **fields))


def mailing(port, **fields):
    where = {"host": "127.0.0.1", "port": port, "sender": "queue@example.com"}
    return Reminders(smtp=Smtp(**{**where, "security": "none", **fields}))


def reason(config, folder, patience_seconds=10.0):
    (knocked,) = knock(config, folder, patience_seconds)
    return knocked.reason


def test_without_a_channel_there_is_nobody_to_knock_at(folder):
    assert knock(Reminders(console=True), folder) == ()


def test_a_gateway_and_a_mail_server_that_are_there_are_asked_to_send_nothing(folder):
    with gateway() as posts, mail_server(AUTH=235) as mails:
        config = Reminders(
            webhook=posting(posts.server_port).webhook,
            smtp=mailing(mails.server_address[1], user="queue", password_file="password").smtp,
        )

        found = knock(config, folder)

    assert found == (
        Knocked("reminders.webhook", f"127.0.0.1:{posts.server_port}"),
        Knocked("reminders.smtp", f"127.0.0.1:{mails.server_address[1]}"),
    )
    assert posts.posted == []
    assert [line.split()[0] for line in mails.heard] == ["ehlo", "AUTH", "QUIT"]


@pytest.mark.parametrize("configured", [posting, mailing])
def test_where_nobody_listens_the_channel_is_unreachable(folder, configured):
    with nobody() as port:
        assert reason(configured(port), folder) == "unreachable"


@pytest.mark.parametrize(
    "configured",
    [
        lambda port: posting(port, scheme="https"),
        mailing,
        lambda port: mailing(port, security="tls"),
    ],
    ids=["https", "mail", "mail over tls"],
)
def test_one_who_lets_us_in_and_says_nothing_gives_no_answer(folder, configured):
    with somebody_silent() as port:
        assert reason(configured(port), folder, SOON) == "no_answer"


def test_a_certificate_of_strangers_is_not_trusted_and_that_of_the_bank_is(folder, tmp_path):
    bank = Authority(tmp_path / "bank")
    with gateway(tls=bank.serving_from(tmp_path / "data")) as server:
        theirs = posting(server.server_port, scheme="https")
        ours = posting(server.server_port, scheme="https", ca_file=str(bank.file))

        assert reason(theirs, folder) == "not_trusted"
        assert reason(ours, folder) == ""


def test_a_password_that_is_wrong_is_found_before_a_customer_is_to_be_told(folder):
    with mail_server(AUTH=535) as server:
        port = server.server_address[1]

        found = reason(mailing(port, user="queue", password_file="password"), folder)

    assert found == "password_refused"


def test_a_mail_server_that_turns_us_away_has_refused(folder):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def turn_away():
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"554 not you\r\n")

        thread = threading.Thread(target=turn_away)
        thread.start()
        found = reason(mailing(port), folder)
        thread.join()

    assert found == "mail_server_refused"


def test_channels_whose_secrets_cannot_be_read_are_left_to_the_check_of_the_configuration(folder):
    with gateway() as server:
        (folder / "webhook.secret").unlink()

        assert knock(posting(server.server_port), folder) == ()


def test_the_secret_in_the_address_of_a_robot_is_told_to_nobody(folder):
    with nobody() as port:
        (knocked,) = knock(posting(port), folder)

    assert "secret-of-the-robot" not in repr(knocked)
