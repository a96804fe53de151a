"""Certificates for an engine that is guarded by TLS, made anew for each run."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Authority:
    """Who signs, with the certificate of that at `folder`/ca.pem."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, folder: Path, name: str = "tests") -> Authority:
        """A new one."""
        folder.mkdir(parents=True)
        key = ec.generate_private_key(ec.SECP256R1())
        told = _builder(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        certificate = told.sign(key, hashes.SHA256())
        _write(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM))
        return cls(folder, key, certificate)

    def issue(self, stem: str, address: str = "") -> tuple[Path, Path]:
        """A certificate and its key: of a server at `address`, or of a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        told = _builder(stem, _name_of(self.certificate), key)
        usage = ExtendedKeyUsageOID.SERVER_AUTH if address else ExtendedKeyUsageOID.CLIENT_AUTH
        told = told.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if address:
            there = x509.IPAddress(ipaddress.ip_address(address))
            told = told.add_extension(x509.SubjectAlternativeName([there]), critical=False)
        made = told.sign(self.key, hashes.SHA256())
        cert, private = self.folder / f"{stem}-cert.pem", self.folder / f"{stem}-key.pem"
        _write(cert, made.public_bytes(serialization.Encoding.PEM))
        _write(
            private,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        return cert, private


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name_of(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
