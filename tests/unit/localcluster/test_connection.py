import json
from pathlib import Path

import pytest

from localcluster.connection import connection, write_connection
from localcluster.instance import Instance
from localcluster.layout import Layout


def test_the_file_holds_what_the_program_reads(layout: Layout, instance: Instance) -> None:
    layout.state.mkdir()
    write_connection(layout, connection(layout, instance, {}))
    content = json.loads(layout.connection.read_text())
    assert content["kubeconfig"] == str(layout.state / "kubeconfig")
    assert content["context"] == "localcluster"
    assert content["registry"] == "localhost:5000"
    assert content["router"] == {
        "url": "http://127.0.0.1:8080",
        "ingressClass": "traefik",
        "gateway": {"name": "localcluster", "namespace": "localcluster"},
        "sourceRanges": ["10.77.7.1/32"],
        "httpsAddress": "127.77.7.1:8443",
    }
    assert content["builder"]["socket"] == f"unix:///run/localcluster-{layout.identity}/buildkitd.sock"


@pytest.mark.parametrize("variable", ["PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_builds_trust_what_the_machines_own_setting_names(
    layout: Layout, instance: Instance, tmp_path: Path, variable: str
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    assert connection(layout, instance, {variable: str(bundle)})["buildCertificateAuthority"] == str(bundle)


def test_a_setting_that_names_no_file_is_passed_over(layout: Layout, instance: Instance) -> None:
    found = connection(layout, instance, {"PIP_CERT": "/nowhere/bundle.pem"})["buildCertificateAuthority"]
    assert found != "/nowhere/bundle.pem"
