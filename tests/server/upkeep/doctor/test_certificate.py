"""Planted: certificates that terminals or phones would not take."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.server.upkeep.doctor.sound import (
    certify,
    found_in,
    only,
    settings,
)


def test_a_certificate_that_has_ended_is_a_fault(folder):
    certify(folder, begins=-90, ends=-1)

    assert only(folder, "certificate_expired").values["until"] == "2026-11-15"


def test_a_certificate_that_ends_soon_is_a_warning(folder):
    certify(folder, ends=30)

    assert only(folder, "certificate_ends").values["days"] == 30


def test_a_certificate_that_ends_later_is_fine(folder):
    certify(folder, ends=32)

    assert found_in(folder) == {}


def test_how_long_it_must_be_good_is_configured(folder):
    settings(folder, certificate_days_min=400)

    only(folder, "certificate_ends")


def test_a_certificate_of_tomorrow_is_a_fault(folder):
    certify(folder, begins=1)

    only(folder, "certificate_not_yet")


def test_the_key_of_another_certificate_is_a_fault(folder):
    other = (folder / "tls" / "key.pem").read_bytes()
    certify(folder)
    (folder / "tls" / "key.pem").write_bytes(other)

    only(folder, "certificate_mismatch")


def test_a_certificate_for_another_name_is_a_fault(folder):
    certify(folder, names=("lobby.example.org", "*.queue.example.com"))

    finding = only(folder, "certificate_name")

    assert finding.values["names"] == "lobby.example.org, *.queue.example.com"


def test_a_certificate_for_all_names_of_the_house_is_fine(folder):
    certify(folder, names=("*.example.com",))

    assert found_in(folder) == {}


def test_what_is_no_certificate_is_a_fault(folder):
    (folder / "tls" / "cert.pem").write_text("a certificate, honestly")

    only(folder, "certificate_unreadable")


def test_a_key_behind_a_password_is_a_fault(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    certify(folder, key=key)
    locked = serialization.BestAvailableEncryption(b"password")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    (folder / "tls" / "key.pem").write_bytes(key.private_bytes(*form))

    assert only(folder, "certificate_unreadable").values["file"].endswith("key.pem")


def test_a_certificate_that_is_missing_is_a_mistake_in_the_configuration(folder):
    (folder / "tls" / "cert.pem").unlink()

    assert "tls.certificate" in only(folder, "configuration_wrong").values["mistake"]
