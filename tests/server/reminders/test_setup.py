"""Channels as lobby.toml has them: what is wrong is said plainly, and rehearsals send nothing."""

import pytest

from server.config import Reminders, Smtp, Webhook, errors_in, load_data_folder
from server.reminders.channels import NO_CHANNELS, Channels
from server.reminders.console import ConsoleChannel
from server.reminders.messages import Message
from server.reminders.setup import channels_of
from shared.config import ConfigError

SECRET = "s" * 44
WEBHOOK = '[reminders.webhook]\nurl = "https://x.example.com/m"\nsecret_file = "webhook.secret"\n'
SMTP = '[reminders.smtp]\nhost = "mail.example.com"\nsender = "queue@example.com"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "webhook.secret").write_text(f"{SECRET}\n")
    (tmp_path / "password").write_text("hush\n")
    return tmp_path


def setting(folder, text):
    (folder / "lobby.toml").write_text(text)
    return [error.key for error in errors_in(folder)]


def channels(folder, config, rehearsal=False, tell=print):
    return channels_of(
        config, folder, rehearsal=rehearsal, now_seconds=int, tell=tell, is_watched=True
    )


def test_without_a_channel_nobody_is_told_anything(tmp_path):
    assert not channels(tmp_path, Reminders())
    assert not NO_CHANNELS


def test_what_is_configured_is_there(folder):
    text = f'[reminders]\nconsole = true\n{WEBHOOK}{SMTP}user = "u"\npassword_file = "password"\n'
    assert setting(folder, text) == []

    found = channels(folder, load_data_folder(folder)[0].reminders)

    assert found.webhook is not None
    assert found.smtp is not None
    assert found.console is not None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (WEBHOOK.replace("https", "http"), "reminders.webhook.url"),
        (WEBHOOK.replace("https", "ftp"), "reminders.webhook.url"),
        (WEBHOOK.replace("x.example", "me:secret@x.example"), "reminders.webhook.url"),
        (WEBHOOK.replace("x.example.com", "x.example.com:70000"), "reminders.webhook.url"),
        (WEBHOOK.replace("webhook.secret", "none"), "reminders.webhook.secret_file"),
        (f'{WEBHOOK}token_file = "none"\n', "reminders.webhook.token_file"),
        (f'{WEBHOOK}ca_file = "none"\n', "reminders.webhook.ca_file"),
        (f'{WEBHOOK}body = {{ to = ["{{name}}"] }}\n', "reminders.webhook.body"),
        (f'{WEBHOOK}secret = "x"\n', "reminders.webhook.secret"),
        (f'{SMTP}security = "none"\n', "reminders.smtp.security"),
        (f'{SMTP}user = "u"\n', "reminders.smtp.password_file"),
        (f'{SMTP}user = "u"\npassword_file = "none"\n', "reminders.smtp.password_file"),
        (f'{SMTP}ca_file = "none"\n', "reminders.smtp.ca_file"),
        (SMTP.replace("queue@example.com", "queue"), "reminders.smtp.sender"),
    ],
)
def test_what_is_wrong_is_named(folder, text, key):
    assert setting(folder, text) == [key]


@pytest.mark.parametrize(
    "text",
    [
        WEBHOOK.replace("https://x.example.com", "http://127.0.0.1:8080"),
        SMTP.replace("mail.example.com", "localhost") + 'security = "none"\n',
    ],
)
def test_on_this_machine_nothing_need_be_encrypted(folder, text):
    assert setting(folder, text) == []


@pytest.mark.parametrize("secret", ["", "short", f"{SECRET}\n{SECRET}", "密" * 44])
def test_a_secret_that_can_be_guessed_or_read_wrongly_is_none(folder, secret):
    (folder / "webhook.secret").write_text(secret)
    webhook = Webhook(url="https://x.example.com", secret_file="webhook.secret")

    with pytest.raises(ConfigError) as caught:
        channels(folder, Reminders(webhook=webhook))

    assert caught.value.key == "reminders.webhook.secret_file"


def test_an_authority_that_is_none_is_named(folder):
    smtp = Smtp(host="mail.example.com", sender="q@example.com", ca_file="password")

    with pytest.raises(ConfigError) as caught:
        channels(folder, Reminders(smtp=smtp))

    assert caught.value.key == "reminders.smtp.ca_file"


def test_a_rehearsal_sends_nothing_away(folder):
    far = Reminders(
        webhook=Webhook(url="https://x.example.com", secret_file="webhook.secret"),
        smtp=Smtp(host="mail.example.com", sender="q@example.com"),
        console=True,
    )
    near = Reminders(webhook=Webhook(url="http://127.0.0.1", secret_file="webhook.secret"))

    found = channels(folder, far, rehearsal=True)

    assert (found.webhook, found.smtp) == (None, None)
    assert found.console is not None
    assert channels(folder, near, rehearsal=True).webhook is not None


# --- Which one, and the console ------------------------------------------------------------------


def test_one_channel_takes_a_notice_and_no_other():
    here = ConsoleChannel(print, is_watched=True)
    webhook, smtp = (ConsoleChannel(print, is_watched=True) for _ in range(2))
    every = Channels(webhook, smtp, here)

    assert every.reaching("13800138000", "wang@example.com") is webhook
    assert every.reaching("", "wang@example.com") is smtp
    assert Channels(smtp=smtp).reaching("13800138000", "") is None
    assert Channels(console=here).reaching("13800138000", "") is here
    assert every.reaching("", "") is None


@pytest.mark.parametrize(("is_watched", "lines"), [(True, 2), (False, 1)])
def test_the_console_masks_whom_it_tells_and_logs_no_links(is_watched, lines):
    told: list[str] = []
    message = Message(
        id="a",
        kind="soon",
        branch="main",
        language="en",
        title="",
        text="https://queue.example.com/a/x",
        slot="",
        phone="13800138000",
    )

    ConsoleChannel(told.append, is_watched=is_watched).send(message)

    assert told == ["[soon] 138****8000", message.text][:lines]
