"""What is taken for a mail address: one, and nothing that a message's head would read as more."""

import pytest

from shared.mail_addresses import LENGTH_MAX, is_mail

HOSTILE = [
    "",
    "wang",
    "wang at example.com",
    "@example.com",
    "wang@example",
    "wang@example.com,li@example.com",
    "wang@example.com li@example.com",
    "wang@example.com\n",
    "wang@example.com\r\nBcc: li@example.com",
    "wang\nBcc:li@example.com",
    "Wang <wang@example.com>",
    '"wang li"@example.com',
    "wang@example.com(comment)",
    "wang@[127.0.0.1]",
    "wang..li@example.com",
    ".wang@example.com",
    "wang@-example.com",
    "wang@example..com",
    "wang@example.com\0",
    "\u202ewang@example.com",
    "w\u0430ng@example.com",
    "wang@example.com;rcpt to:<li@example.com>",
    f"{'w' * LENGTH_MAX}@example.com",
]


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_what_is_no_single_address_is_none(text):
    assert not is_mail(text)


@pytest.mark.parametrize(
    "text", ["wang@example.com", "wang.xiao+bank@mail.example.com.cn", "o'neil_1@a-b.example.org"]
)
def test_an_address_is_one(text):
    assert is_mail(text)
