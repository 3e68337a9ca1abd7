"""A certificate that vouches for itself, as a TLS Secret."""

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SelfSigned:
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


def self_signed(host: str, directory: Path) -> SelfSigned:
    """Make a certificate for one host, valid for a day."""
    made = SelfSigned(directory / "tls.crt", directory / "tls.key")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", str(made.key)]
    names = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "1", *key, *names, "-out", str(made.certificate)],
        check=True,
        capture_output=True,
    )
    return made
