"""Notices by mail, over real sockets, to a mail server that takes down what it is told."""

import base64
import socketserver
import ssl
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest
from msgspec.structs import replace

from server.config import Smtp
from server.reminders.channels import NotDelivered
from server.reminders.messages import Message
from server.reminders.smtp import SmtpChannel
from tests.server.certificates import Authority

NOW = 1_794_790_800
MESSAGE = Message(
    id="a" * 32,
    kind="booked",
    branch="main",
    language="zh",
    title="预约成功：11月17日",
    text="您已预约：支行。\n请带：身份证。",
    slot="2026-11-17T10:00:00+08:00",
    calendar="BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n",
    mail="wang@example.com",
)


class Server(socketserver.ThreadingTCPServer):
    """As much of a mail server as there is to talk to."""

    daemon_threads = True

    def __init__(self, tls, answers):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.heard, self.mails = [], []
        self.tls, self.answers = tls, answers


class Conversation(socketserver.StreamRequestHandler):
    server: Server
    timeout = 10
    encrypted = None

    def handle(self):
        server = self.server
        self.say(220, "here")
        while line := self.rfile.readline():
            verb = line.split()[0].upper().decode()
            server.heard.append(line.strip().decode())
            match verb:
                case "EHLO":
                    self.wfile.write(b"250-here\r\n250-AUTH PLAIN\r\n")
                    self.say(250, "STARTTLS")
                case "STARTTLS":
                    self.say(220, "go on")
                    if not self.encrypt():
                        return
                case "DATA":
                    self.say(354, "go on")
                    mail = b"".join(iter(self.rfile.readline, b".\r\n"))
                    server.mails.append(mail)
                    self.answer(verb)
                case "QUIT":
                    self.say(221, "bye")
                    return
                case _:
                    self.answer(verb)

    def encrypt(self):
        try:
            self.encrypted = self.server.tls.wrap_socket(self.request, server_side=True)
        except ssl.SSLError:  # the other side does not trust us
            return False
        self.rfile = self.encrypted.makefile("rb")
        self.wfile = self.encrypted.makefile("wb", buffering=0)
        return True

    def finish(self):
        super().finish()
        if self.encrypted is not None:
            self.encrypted.close()

    def answer(self, verb):
        self.say(self.server.answers.get(verb, 250), "so it is, wang@example.com")

    def say(self, code, words):
        self.wfile.write(f"{code} {words}\r\n".encode())


@contextmanager
def mail_server(tls=None, **answers):
    server = Server(tls, answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def channel(server, context=None, password="", **config):
    where = {"host": "127.0.0.1", "port": server.server_address[1], "sender": "queue@example.com"}
    smtp = Smtp(**{**where, "security": "none", **config})
    return SmtpChannel(smtp, password, context or ssl.create_default_context(), lambda: NOW)


def test_a_mail_says_what_the_notice_says_with_the_appointment_beside_it():
    with mail_server() as server:
        channel(server).send(MESSAGE)

    mail = message_from_bytes(server.mails[0], policy=policy.default)
    text, calendar = mail.iter_parts()
    assert (mail["From"], mail["To"]) == ("queue@example.com", "wang@example.com")
    assert mail["Subject"] == MESSAGE.title
    assert mail["Auto-Submitted"] == "auto-generated"
    assert text.get_content().splitlines() == MESSAGE.text.splitlines()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_content().splitlines() == MESSAGE.calendar.splitlines()


def test_a_mail_that_is_sent_again_is_known_by_its_id():
    with mail_server() as server:
        for _ in range(2):
            channel(server).send(replace(MESSAGE, calendar=""))

    first, second = (message_from_bytes(mail)["Message-ID"] for mail in server.mails)
    assert first == second == f"<{'a' * 32}@example.com>"


def test_over_starttls_the_password_is_told_to_the_right_server_and_to_no_other(tmp_path):
    bank, other = Authority(tmp_path / "bank"), Authority(tmp_path / "other")
    with mail_server(bank.serving_from(tmp_path / "data"), AUTH=235) as server:
        right, wrong = (
            channel(
                server,
                ssl.create_default_context(cafile=authority.file),
                security="starttls",
                user="queue",
                password="hush",
            )
            for authority in (bank, other)
        )

        right.send(MESSAGE)
        heard = list(server.heard)
        with pytest.raises(NotDelivered, match="not_trusted"):
            wrong.send(MESSAGE)

    said = base64.b64encode(b"\x00queue\x00hush").decode()
    assert heard.index("STARTTLS") < heard.index(f"AUTH PLAIN {said}")
    assert len(server.mails) == 1
    after = [line.split()[0].upper() for line in server.heard[len(heard) :]]
    assert after == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize(
    ("answers", "reason", "for_good"),
    [
        ({"RCPT": 550}, "address_refused", True),
        ({"RCPT": 451}, "address_refused", False),
        ({"DATA": 554}, "mail_refused", True),
        ({"DATA": 452}, "mail_refused", False),
        ({"MAIL": 530}, "mail_server_refused", False),
    ],
)
def test_what_a_mail_server_does_not_take_is_sent_again_unless_it_never_will(
    answers, reason, for_good
):
    with mail_server(**answers) as server, pytest.raises(NotDelivered) as caught:
        channel(server).send(MESSAGE)

    assert (caught.value.reason, caught.value.for_good) == (reason, for_good)
    assert "wang" not in str(caught.value)


def test_a_wrong_password_is_a_matter_of_the_set_up(tmp_path):
    with mail_server(AUTH=535) as server, pytest.raises(NotDelivered) as caught:
        channel(server, user="queue", password="wrong").send(MESSAGE)

    assert (caught.value.reason, caught.value.for_good) == ("password_refused", False)


def test_a_mail_server_that_is_not_there_is_asked_again():
    with mail_server() as server:
        gone = channel(server)

    with pytest.raises(NotDelivered, match="unreachable"):
        gone.send(MESSAGE)
