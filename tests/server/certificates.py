"""A bank's own authority, made for a test, and the certificates it signs."""

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.config import ServerConfig, Tls
from server.serve import tls_of

A_DAY = timedelta(days=1)


class Authority:
    """Signs certificates. Its own is in `file`, for terminals."""

    def __init__(self, folder, name="Bank CA"):
        folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        basic = x509.BasicConstraints(ca=True, path_length=0)
        signs = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        own = self._builder(self._name, self._key, datetime.now(UTC) - A_DAY, 30)
        own = own.add_extension(basic, critical=True).add_extension(signs, critical=True)
        self.certificate = own.sign(self._key, hashes.SHA256())
        self.file = folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def serving_from(self, folder, name="127.0.0.1", days=30):
        """The server's side: a certificate for that name or address, as lobby.toml names it."""
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        started = datetime.now(UTC) - (A_DAY if days > 0 else 60 * A_DAY)
        leaf = self._builder(_named(name), key, started, days if days > 0 else 30)
        leaf = leaf.add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        signed = leaf.sign(self._key, hashes.SHA256())
        chain = [signed, self.certificate]
        pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
        (folder / "certificate.pem").write_bytes(pem)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "key.pem").write_bytes(private)
        return tls_of(ServerConfig(tls=Tls(certificate="certificate.pem", key="key.pem")), folder)

    def _builder(self, subject, key, started, days):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(started)
            .not_valid_after(started + days * A_DAY)
        )


def _named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
