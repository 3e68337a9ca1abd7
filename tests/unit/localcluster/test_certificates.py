import stat
import subprocess
from pathlib import Path

import pytest

from localcluster.control_plane.certificates import certificates, ensure_certificates
from localcluster.control_plane.kubeconfigs import USERS, write_kubeconfigs
from localcluster.layout import Layout
from localcluster.node.network import Network


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Certificates for network 7, and the kubeconfigs that hold them."""
    root = tmp_path_factory.mktemp("cluster")
    layout = Layout(clone=root, state=root / "state", cache=root / "cache")
    layout.state.mkdir()
    ensure_certificates(layout.certificates, Network(7))
    write_kubeconfigs(layout, Network(7))
    return layout


def openssl(*arguments: str | Path) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


def test_every_certificate_is_valid_under_its_own_authority_and_under_no_other(made: Layout) -> None:
    directory = made.certificates
    for certificate in certificates(Network(7)):
        for authority in ("cluster", "etcd", "front-proxy"):
            verdict = subprocess.run(
                [
                    "openssl",
                    "verify",
                    "-CAfile",
                    directory / f"{authority}-authority.crt",
                    directory / f"{certificate.name}.crt",
                ],
                capture_output=True,
                check=False,
            )
            assert (verdict.returncode == 0) == (authority == certificate.authority)


def test_the_api_servers_certificate_is_valid_for_the_address_that_clients_use(made: Layout) -> None:
    text = openssl("x509", "-in", made.certificates / "api-server.crt", "-noout", "-ext", "subjectAltName")
    for name in ("IP Address:10.77.7.1", "IP Address:10.96.0.1", "DNS:kubernetes.default.svc"):
        assert name in text


def test_the_kubelet_is_named_as_the_node_authorizer_demands(made: Layout) -> None:
    subject = openssl(
        "x509", "-in", made.certificates / "kubelet.crt", "-noout", "-subject", "-nameopt", "RFC2253"
    )
    assert subject.strip() == "subject=CN=system:node:localcluster,OU=kubelet,O=system:nodes"


def test_only_the_owner_may_read_keys_and_kubeconfigs(made: Layout) -> None:
    secret = [*made.certificates.glob("*.key"), *made.certificates.glob("*.kubeconfig"), made.kubeconfig]
    assert len(secret) > len(USERS)
    for path in secret:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_run_changes_no_file(made: Layout) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.state.rglob("*")}
    ensure_certificates(made.certificates, Network(7))
    write_kubeconfigs(made, Network(7))
    assert {path: path.stat().st_mtime_ns for path in made.state.rglob("*")} == before


def test_another_network_renews_the_servers_certificates_and_keeps_the_authorities(tmp_path: Path) -> None:
    ensure_certificates(tmp_path, Network(7))
    before = {path.name: path.read_text() for path in tmp_path.glob("*.crt")}
    ensure_certificates(tmp_path, Network(8))
    changed = {name for name, text in before.items() if (tmp_path / name).read_text() != text}
    assert changed == {"api-server.crt", "etcd.crt", "kubelet.crt", "metrics-server.crt"}


def test_tokens_of_service_accounts_are_verified_by_the_key_that_belongs_to_the_one_that_signs(
    made: Layout,
) -> None:
    signing, verifying = (made.certificates / f"service-account.{kind}" for kind in ("key", "pub"))
    assert openssl("pkey", "-in", signing, "-pubout") == verifying.read_text()


def test_authorities_and_token_keys_that_openssl_has_made_stay_in_use(tmp_path: Path) -> None:
    """Clusters that were made before this program used a library for it have such ones."""
    for name in ("service-account", "cluster-authority", "etcd-authority", "front-proxy-authority"):
        key = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", tmp_path / f"{name}.key")
        openssl("genpkey", *key)
        text = openssl("pkey", "-in", tmp_path / f"{name}.key", "-pubout")
        (tmp_path / f"{name}.pub").write_text(text)
        made = ("-key", tmp_path / f"{name}.key", "-subj", f"/CN={name}", "-out", tmp_path / f"{name}.crt")
        usage = ("-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign")
        openssl("req", "-x509", "-new", *made, *usage)
    before = {path: path.read_text() for path in tmp_path.iterdir()}
    ensure_certificates(tmp_path, Network(7))
    assert {path: path.read_text() for path in before} == before
    for certificate in certificates(Network(7)):
        authority = tmp_path / f"{certificate.authority}-authority.crt"
        assert "OK" in openssl("verify", "-CAfile", authority, tmp_path / f"{certificate.name}.crt")
