"""The cluster's keys and certificates, made on the first `up`.

Three authorities, as Kubernetes advises: one for the cluster, one for etcd (whose clients see every secret)
and one for requests that the API server passes on to aggregated API servers.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localcluster.atomic_write import write_atomically
from localcluster.node.network import API_SERVICE_ADDRESS, Network

# What makes certificates is imported where it does: `tools` runs before any package is installed, and most
# starts have nothing to make.
if TYPE_CHECKING:
    import trustme

NODE_NAME = "localcluster"


@dataclass(frozen=True)
class Certificate:
    """One certificate to be signed: whom it names, and under which addresses a server may show it.

    Kubernetes takes the organization for the user's group; that of the default has no rights. A client shows
    an address as well: trustme marks the list of addresses as critical, and Go refuses an empty one then.
    """

    name: str
    common_name: str
    organization: str = "localcluster"
    authority: str = "cluster"
    addresses: tuple[str, ...] = ("localhost",)


def certificates(network: Network) -> list[Certificate]:
    """List every certificate of the cluster.

    Kubernetes' own names and groups follow its page "PKI certificates and requirements".
    """
    host = ("localhost", "127.0.0.1", network.host, network.loopback)
    services = tuple(
        f"kubernetes{rest}" for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")
    )
    return [
        Certificate("api-server", "kube-apiserver", addresses=(*host, *services, API_SERVICE_ADDRESS)),
        Certificate("api-server-to-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Certificate("api-server-to-etcd", "kube-apiserver-etcd-client", authority="etcd"),
        Certificate("front-proxy", "front-proxy-client", authority="front-proxy"),
        Certificate("etcd", "etcd", authority="etcd", addresses=host),
        Certificate("administrator", "administrator", "system:masters"),
        Certificate("controller-manager", "system:kube-controller-manager"),
        Certificate("scheduler", "system:kube-scheduler"),
        Certificate(
            "kubelet",
            f"system:node:{NODE_NAME}",
            "system:nodes",
            addresses=(NODE_NAME, network.node),
        ),
        Certificate("kube-proxy", "system:kube-proxy"),
        Certificate("router", "localcluster:router"),
        Certificate("dns", "localcluster:dns"),
        Certificate("network-policy", "localcluster:network-policy"),
        Certificate("simulated-nodes", "localcluster:simulated-nodes"),
        Certificate(
            "metrics-server",
            "localcluster:metrics-server",
            addresses=(network.host, "metrics-server.kube-system.svc"),
        ),
    ]


def ensure_certificates(directory: Path, network: Network) -> None:
    """Make what is missing.

    A certificate is made anew when its names or addresses have changed, an authority never is. All are valid
    until the year 3000.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for certificate in certificates(network):
        stamp = directory / f"{certificate.name}.stamp"
        wanted = hashlib.sha256(repr(certificate).encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _make_certificate(directory, certificate)
            stamp.write_text(wanted)
    if not (directory / "service-account.pub").exists():
        _make_token_keys(directory)


def _make_token_keys(directory: Path) -> None:
    """Make the key that signs tokens of service accounts, and the one that they are verified by."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    _write(directory / "service-account.key", private, mode=0o600)
    _write(directory / "service-account.pub", public, mode=0o644)


def _make_certificate(directory: Path, certificate: Certificate) -> None:
    made = _authority(directory, certificate.authority).issue_cert(
        *certificate.addresses,
        common_name=certificate.common_name,
        organization_name=certificate.organization,
        organization_unit_name=certificate.name,
    )
    _write(directory / f"{certificate.name}.key", made.private_key_pem.bytes(), mode=0o600)
    _write(directory / f"{certificate.name}.crt", made.cert_chain_pems[0].bytes(), mode=0o644)


def _authority(directory: Path, name: str) -> "trustme.CA":
    """Return an authority, which is made the first time."""
    import trustme

    certificate, key = (directory / f"{name}-authority.{kind}" for kind in ("crt", "key"))
    if not certificate.exists():
        made = trustme.CA(organization_name="localcluster", organization_unit_name=name)
        _write(key, made.private_key_pem.bytes(), mode=0o600)
        _write(certificate, made.cert_pem.bytes(), mode=0o644)
    return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())


def _write(path: Path, pem: bytes, mode: int) -> None:
    write_atomically(path, pem.decode(), mode)
