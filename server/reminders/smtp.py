"""Notices by mail, with the appointment for a calendar beside what is news.

The password and the address travel encrypted, or nowhere but on this machine. A mail that is sent
again has the same `Message-ID`.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from server.config import Smtp
from server.reminders.channels import TIMEOUT_SECONDS, NotDelivered
from server.reminders.messages import Message

PERMANENT: Final = 500
"""From here on a mail server's answers are for good."""


class SmtpChannel:
    """See above. `now_seconds` is real time."""

    def __init__(
        self,
        config: Smtp,
        password: str,
        context: ssl.SSLContext,
        now_seconds: Callable[[], int],
    ) -> None:
        self._config = config
        self._password = password
        self._context = context
        self._now_seconds = now_seconds

    def send(self, message: Message) -> None:
        """Hand it to the mail server, once."""
        with _reasons(), self._connection(TIMEOUT_SECONDS) as server:
            self._greet(server)
            server.send_message(self._mail(message))

    def reach(self, patience_seconds: float = TIMEOUT_SECONDS) -> None:
        """Come as far as the door, with the password, and leave again."""
        with _reasons(), self._connection(patience_seconds) as server:
            self._greet(server)

    def _connection(self, timeout_seconds: float) -> smtplib.SMTP:
        host, port = self._config.host, self._config.port
        if self._config.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=timeout_seconds, context=self._context)
        return smtplib.SMTP(host, port, timeout=timeout_seconds)

    def _greet(self, server: smtplib.SMTP) -> None:
        if self._config.security == "starttls":
            server.starttls(context=self._context)
        if self._config.user:
            server.login(self._config.user, self._password)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = message.title
        mail["From"] = self._config.sender
        mail["To"] = message.mail
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._now_seconds(), tz=UTC))
        mail["Message-ID"] = f"<{message.id}@{self._config.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # nobody's holiday answers it
        mail.set_content(f"{message.text}\n")
        if message.calendar:
            mail.add_attachment(
                message.calendar, subtype="calendar", filename="appointment.ics", charset="utf-8"
            )
        return mail


@contextmanager
def _reasons() -> Iterator[None]:
    """Whatever goes wrong, in a word of ours."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise NotDelivered("address_refused", for_good=min(codes) >= PERMANENT) from None
    except smtplib.SMTPDataError as error:
        raise NotDelivered("mail_refused", for_good=error.smtp_code >= PERMANENT) from None
    except smtplib.SMTPAuthenticationError:
        raise NotDelivered("password_refused") from None
    except smtplib.SMTPServerDisconnected as error:
        # So the library says it, too, when nobody has said anything for too long.
        silent = isinstance(error.__context__, TimeoutError)
        raise NotDelivered("no_answer" if silent else "mail_server_refused") from None
    except smtplib.SMTPException:
        raise NotDelivered("mail_server_refused") from None
    except ssl.SSLError:
        raise NotDelivered("not_trusted") from None
    except TimeoutError:
        raise NotDelivered("no_answer") from None
    except OSError:
        raise NotDelivered("unreachable") from None
