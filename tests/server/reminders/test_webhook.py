"""Notices over real sockets to a receiver that looks at the signature as receivers do."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.config import Webhook
from server.reminders.channels import NotDelivered
from server.reminders.messages import Message
from server.reminders.webhook import WebhookChannel
from tests.server.certificates import Authority

SECRET = b"a secret that both sides have"
NOW = 1_794_790_800
MESSAGE = Message(
    id="a" * 32,
    kind="soon",
    branch="main",
    language="en",
    title="Soon: your appointment",
    text="Reminder: “today”, at ten.",
    slot="2026-11-16T10:00:00+08:00",
    links={"show": "https://queue.example.com/a/x"},
    phone="13800138000",
)


class Server(ThreadingHTTPServer):
    """Takes down what is posted, and answers as it is told."""

    def __init__(self, status, location):
        super().__init__(("127.0.0.1", 0), Posting)
        self.posted = []
        self.answer = (status, location)


class Posting(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, dict(self.headers.items()), body))
        status, location = self.server.answer
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


@contextmanager
def gateway(status=204, location="", tls=None):
    server = Server(status, location)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def channel(port, path="/messages?from=lobby", scheme="http", token="", context=None, **config):
    url = f"{scheme}://127.0.0.1:{port}{path}"
    webhook = Webhook(url=url, secret_file="-", **config)
    context = context or ssl.create_default_context()
    return WebhookChannel(webhook, SECRET, token, context, lambda: NOW)


def test_a_notice_is_posted_and_signed_so_that_a_receiver_can_prove_it():
    with gateway() as server:
        channel(server.server_port).send(MESSAGE)

    ((path, headers, body),) = server.posted
    signed = b"%b.%d.%b" % (MESSAGE.id.encode(), NOW, body)
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert path == "/messages?from=lobby"
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(NOW)
    assert headers["webhook-id"] == headers["Idempotency-Key"] == MESSAGE.id
    assert "Authorization" not in headers
    assert json.loads(body) == {
        "type": "appointment.soon",
        "id": MESSAGE.id,
        "branch": "main",
        "language": "en",
        "phone": "13800138000",
        "text": MESSAGE.text,
        "slot": MESSAGE.slot,
        "links": MESSAGE.links,
    }


def test_a_receiver_with_a_form_of_its_own_gets_that_and_its_token():
    form = {"msgtype": "text", "text": {"content": "{text}", "to": ["{phone}", 7]}}
    with gateway() as server:
        channel(server.server_port, token="abc", body=form).send(MESSAGE)

    ((_, headers, body),) = server.posted
    assert headers["Authorization"] == "Bearer abc"
    assert json.loads(body) == {
        "msgtype": "text",
        "text": {"content": MESSAGE.text, "to": ["13800138000", 7]},
    }


@pytest.mark.parametrize(
    ("status", "for_good"),
    [
        (400, True),
        (401, False),
        (404, False),
        (422, True),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_a_receiver_that_takes_nothing_is_asked_again_unless_it_never_will(status, for_good):
    with gateway(status) as server, pytest.raises(NotDelivered) as caught:
        channel(server.server_port).send(MESSAGE)

    assert (caught.value.reason, caught.value.for_good) == (f"status_{status}", for_good)


def test_a_redirect_is_not_followed():
    with (
        gateway() as elsewhere,
        gateway(302, f"http://127.0.0.1:{elsewhere.server_port}/") as here,
        pytest.raises(NotDelivered, match="status_302"),
    ):
        channel(here.server_port).send(MESSAGE)

    assert elsewhere.posted == []


def test_nobody_at_home_is_said_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # nobody listens there

        with pytest.raises(NotDelivered, match="unreachable"):
            channel(port).send(MESSAGE)


def test_a_receiver_that_hangs_up_in_the_middle_is_asked_again():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def hang_up():
            connection, _ = listening.accept()
            connection.recv(1)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotDelivered) as caught:
            channel(port).send(MESSAGE)
        thread.join()

    assert (caught.value.reason, caught.value.for_good) == ("unreachable", False)


def test_over_https_a_receiver_is_trusted_whose_authority_is_named_and_no_other(tmp_path):
    bank, other = Authority(tmp_path / "bank"), Authority(tmp_path / "other")
    with gateway(tls=bank.serving_from(tmp_path / "data")) as server:
        trusting, distrusting = (
            channel(
                server.server_port,
                scheme="https",
                context=ssl.create_default_context(cafile=authority.file),
            )
            for authority in (bank, other)
        )

        trusting.send(MESSAGE)
        with pytest.raises(NotDelivered, match="not_trusted"):
            distrusting.send(MESSAGE)

    assert len(server.posted) == 1
