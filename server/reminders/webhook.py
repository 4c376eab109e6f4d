"""Notices over a signed webhook: to a gateway for short messages, to a chat's robot, to anything.

Signed as the Standard Webhooks are (standardwebhooks.com), for which receivers find libraries:

    webhook-id         the message's id, the same however often it is sent
    webhook-timestamp  seconds since 1970, of this sending
    webhook-signature  "v1," and base64 of HMAC-SHA256(secret, "<id>.<timestamp>.<body>")

Over https, or http on this machine. Redirects are not followed: a number is told to nobody else
than whom the operator has named.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from server.config import PLACEHOLDER, Webhook
from server.reminders.channels import TIMEOUT_SECONDS, NotDelivered
from server.reminders.messages import Message

FOR_GOOD: Final = frozenset({400, 410, 413, 415, 422})
"""What a receiver says to a message that it will never take. Other refusals (who are you, there is
nothing here) are of the set-up, which somebody may mend while there is time."""


class WebhookChannel:
    """See above. `now_seconds` is real time, also in a rehearsal: receivers compare it."""

    def __init__(
        self,
        config: Webhook,
        secret: bytes,
        token: str,
        context: ssl.SSLContext,
        now_seconds: Callable[[], int],
    ) -> None:
        self._config = config
        self._url = urlsplit(config.url)
        self._secret = secret
        self._token = token
        self._context = context
        self._now_seconds = now_seconds

    def send(self, message: Message) -> None:
        """Post it, once."""
        body = json.dumps(self._body(message), ensure_ascii=False).encode()
        with _reasons(), closing(self._connection(TIMEOUT_SECONDS)) as connection:
            connection.request("POST", self._target(), body, self._headers(message, body))
            status = connection.getresponse().status
        if not 200 <= status < 300:
            raise NotDelivered(f"status_{status}", for_good=status in FOR_GOOD)

    def reach(self, patience_seconds: float = TIMEOUT_SECONDS) -> None:
        """Come as far as the door: whatever is asked of a receiver might send something."""
        with _reasons(), closing(self._connection(patience_seconds)) as connection:
            connection.connect()

    def _connection(self, timeout_seconds: float) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout_seconds)
        return http.client.HTTPSConnection(
            host, port, timeout=timeout_seconds, context=self._context
        )

    def _target(self) -> str:
        query = f"?{self._url.query}" if self._url.query else ""
        return f"{self._url.path or '/'}{query}"

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        now = self._now_seconds()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Lobby",
            "Idempotency-Key": message.id,
            "webhook-id": message.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._secret, message.id, now, body),
        }
        return headers | {"Authorization": f"Bearer {self._token}"} if self._token else headers

    def _body(self, message: Message) -> Any:
        if self._config.body:
            return _filled(self._config.body, _said(message))
        return {
            "type": f"appointment.{message.kind}",
            "id": message.id,
            "branch": message.branch,
            "language": message.language,
            "phone": message.phone,
            "text": message.text,
            "slot": message.slot,
            "links": dict(message.links),
        }


@contextmanager
def _reasons() -> Iterator[None]:
    """Whatever goes wrong on the way, in a word of ours."""
    try:
        yield
    except ssl.SSLError:
        raise NotDelivered("not_trusted") from None
    except TimeoutError:
        raise NotDelivered("no_answer") from None
    except (OSError, ValueError, http.client.HTTPException):  # ValueError: there is no such port
        raise NotDelivered("unreachable") from None


def signature(secret: bytes, message_id: str, seconds: int, body: bytes) -> str:
    """What proves that it comes from us, and when it was sent."""
    signed = b"%b.%d.%b" % (message_id.encode(), seconds, body)
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, 'sha256')).decode()}"


def _said(message: Message) -> Mapping[str, str]:
    """What stands for the placeholders of a form."""
    return {
        "phone": message.phone,
        "text": message.text,
        "title": message.title,
        "id": message.id,
        "kind": message.kind,
        "language": message.language,
    }


def _filled(form: Any, said: Mapping[str, str]) -> Any:
    match form:
        case str():
            return PLACEHOLDER.sub(lambda found: said[found[1]], form)
        case dict():
            return {key: _filled(part, said) for key, part in form.items()}
        case list():
            return [_filled(part, said) for part in form]
        case _:
            return form
