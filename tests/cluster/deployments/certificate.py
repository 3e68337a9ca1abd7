"""A host's certificate, as a TLS Secret."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True)
class HostCertificate:
    """The authority is what clients trust, the certificate and its key are what the host shows."""

    authority: Path
    certificate: Path
    key: Path

    def secret(self, name: str, namespace: str) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": name, "namespace": namespace},
            "data": {
                "tls.crt": base64.b64encode(self.certificate.read_bytes()).decode(),
                "tls.key": base64.b64encode(self.key.read_bytes()).decode(),
            },
        }


def host_certificate(host: str, directory: Path) -> HostCertificate:
    """Make a certificate for one host, and an authority that has signed it."""
    made = HostCertificate(directory / "ca.crt", directory / "tls.crt", directory / "tls.key")
    authority = trustme.CA()
    signed = authority.issue_cert(host)
    authority.cert_pem.write_to_path(made.authority)
    signed.cert_chain_pems[0].write_to_path(made.certificate)
    signed.private_key_pem.write_to_path(made.key)
    return made
