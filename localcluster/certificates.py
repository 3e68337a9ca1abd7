"""The cluster's keys and certificates, made with the openssl command on the first `up`.

Three authorities, as Kubernetes advises: one for the cluster, one for etcd (whose clients see every secret)
and one for requests that the API server passes on to aggregated API servers.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from localcluster.commands import run
from localcluster.network import API_SERVICE_ADDRESS, Network

NODE_NAME = "localcluster"
VALID_DAYS = "3650"
AUTHORITIES = ("cluster", "etcd", "front-proxy")


@dataclass(frozen=True)
class Certificate:
    """One certificate to be signed: whom it names, and under which addresses a server may show it."""

    name: str
    common_name: str
    organization: str = ""
    authority: str = "cluster"
    subject_names: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The subject in openssl's notation."""
        return (f"/O={self.organization}" if self.organization else "") + f"/CN={self.common_name}"


def certificates(network: Network) -> list[Certificate]:
    """List every certificate of the cluster.

    Kubernetes' own names and groups follow its page "PKI certificates and requirements".
    """
    host = ("DNS:localhost", "IP:127.0.0.1", f"IP:{network.host}", f"IP:{network.loopback}")
    services = tuple(
        f"DNS:kubernetes{rest}" for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")
    )
    return [
        Certificate(
            "api-server", "kube-apiserver", subject_names=(*host, *services, f"IP:{API_SERVICE_ADDRESS}")
        ),
        Certificate("api-server-to-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Certificate("api-server-to-etcd", "kube-apiserver-etcd-client", authority="etcd"),
        Certificate("front-proxy", "front-proxy-client", authority="front-proxy"),
        Certificate("etcd", "etcd", authority="etcd", subject_names=host),
        Certificate("administrator", "administrator", "system:masters"),
        Certificate("controller-manager", "system:kube-controller-manager"),
        Certificate("scheduler", "system:kube-scheduler"),
        Certificate(
            "kubelet",
            f"system:node:{NODE_NAME}",
            "system:nodes",
            subject_names=(f"DNS:{NODE_NAME}", f"IP:{network.node}"),
        ),
        Certificate("kube-proxy", "system:kube-proxy"),
        Certificate("router", "localcluster:router"),
        Certificate("dns", "localcluster:dns"),
        Certificate("network-policy", "localcluster:network-policy"),
        Certificate("simulated-nodes", "localcluster:simulated-nodes"),
        Certificate(
            "metrics-server",
            "localcluster:metrics-server",
            subject_names=(f"IP:{network.host}", "DNS:metrics-server.kube-system.svc"),
        ),
    ]


def ensure_certificates(directory: Path, network: Network) -> None:
    """Make what is missing.

    A certificate is made anew when its names or addresses have changed, an authority never is.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in AUTHORITIES:
        if not (directory / f"{name}-authority.crt").exists():
            _make_authority(directory, name)
    if not (directory / "service-account.pub").exists():
        _make_key(directory / "service-account.key")
        public = run(["openssl", "pkey", "-in", str(directory / "service-account.key"), "-pubout"])
        (directory / "service-account.pub").write_text(public)
    for certificate in certificates(network):
        stamp = directory / f"{certificate.name}.stamp"
        wanted = hashlib.sha256(repr(certificate).encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _make_certificate(directory, certificate)
            stamp.write_text(wanted)


def _make_key(path: Path) -> None:
    # The file exists with its narrow mode before openssl writes the key into it.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(path)])


def _make_authority(directory: Path, name: str) -> None:
    key = directory / f"{name}-authority.key"
    _make_key(key)
    partial = directory / f"{name}-authority.partial"
    subject = ["-subj", f"/CN=localcluster-{name}", "-days", VALID_DAYS]
    usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign"]
    run(["openssl", "req", "-x509", "-new", "-key", str(key), *subject, *usage, "-out", str(partial)])
    partial.rename(directory / f"{name}-authority.crt")


def _make_certificate(directory: Path, certificate: Certificate) -> None:
    key, request, extensions, result = (
        directory / f"{certificate.name}.{kind}" for kind in ("key", "request", "extensions", "crt")
    )
    authority = directory / f"{certificate.authority}-authority"
    _make_key(key)
    run(["openssl", "req", "-new", "-key", str(key), "-subj", certificate.subject, "-out", str(request)])
    lines = [
        "basicConstraints=CA:FALSE",
        "keyUsage=critical,digitalSignature",
        "extendedKeyUsage=serverAuth,clientAuth",
    ]
    if certificate.subject_names:
        lines.append(f"subjectAltName={','.join(certificate.subject_names)}")
    extensions.write_text("\n".join(lines) + "\n")
    signer = ["-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", VALID_DAYS]
    run(
        [
            "openssl",
            "x509",
            "-req",
            "-in",
            str(request),
            *signer,
            "-extfile",
            str(extensions),
            "-out",
            str(result),
        ]
    )
    request.unlink()
    extensions.unlink()
