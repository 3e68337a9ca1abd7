"""What is said of builds that failed, for errors as BuildKit 0.31 words them."""

import pytest

from endpoints.image.build_failures import BuildFacts, explain_failure
from endpoints.image.dockerfile import Download

SHA256 = "1" * 64
URI = "https://acme.example/model.npz"
FACTS = BuildFacts(
    base="python:3.11-slim",
    place="../digits/valohai.yaml:3: predict.image",
    downloads=(Download("model", "model.npz", URI, SHA256), Download("labels", "labels.txt", URI[:-4], None)),
    repository="registry.acme.example/ml/predict",
    user="robot",
    index="https://pypi.acme.example/simple",
    builder="ci",
    generator="docker.io/docker/buildkit-syft-scanner:stable-1",
)
INSTALL = (
    'process "/bin/sh -c sh /valohai/serving/install-python-packages.sh -r requirements.txt" did not complete'
)


def explain(error: str, facts: BuildFacts = FACTS) -> str:
    return explain_failure(f"failed to solve: {error}", facts)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            f"digest mismatch sha256:{'2' * 64}: sha256:{SHA256}",
            f"{URI} does not have the sha256 {SHA256}, or does not exist",
        ),
        (f'Get "{URI}": dial tcp: lookup acme.example: no such host', f"model of {URI} cannot be reached"),
        (
            "failed to load cache key: invalid response status 404",
            f"does not return model of {URI}, labels",
        ),
        (
            "python:3.11-slim: failed to resolve source metadata for docker.io/library/python:3.11-slim: no",
            "python:3.11-slim cannot be pulled; correct image in valohai.yaml "
            "(../digits/valohai.yaml:3: predict.image), or log in",
        ),
        (
            "failed to push registry.acme.example/ml/predict:1: unexpected status from HEAD request to "
            "https://registry.acme.example/v2/ml/predict/blobs/sha256:1: 401 Unauthorized",
            "the user robot push to registry.acme.example/ml/predict; correct username and password",
        ),
        (
            "failed to push registry.acme.example/ml/predict:1: failed to do request: connection refused",
            "cannot be pushed to registry.acme.example/ml/predict; correct repository",
        ),
        (f"{INSTALL} successfully: exit code: 81", "python:3.11-slim has no Python 3 to install"),
        (
            'failed to push registry.acme.example/ml/predict:1: failed to do request: Head "https://x": '
            "http: server gave HTTP response to HTTPS client",
            'buildkitd.toml: [registry."registry.acme.example"] with http = true',
        ),
        (
            'failed to push registry.acme.example/ml/predict:1: failed to do request: Head "https://x": tls: '
            "first record does not look like a TLS handshake",
            "the registry registry.acme.example speaks HTTP, and the builder expects HTTPS",
        ),
        (f"{INSTALL} successfully: exit code: 1", "see the builder output"),
        ('no builder "ci" found', "the builder ci does not answer"),
        (
            "failed to resolve source metadata for docker.io/docker/buildkit-syft-scanner:stable-1: no",
            "which generates the SBOM, cannot be pulled; set generator of the builder's attestations",
        ),
        (
            "Attestation is not supported for the docker driver.\nSwitch to a different driver",
            "the Docker daemon's own builder cannot create attestations; create another builder",
        ),
        ("failed to connect to the docker API at unix:///", "the builder ci does not answer"),
        ("something new", "see the builder output"),
    ],
)
def test_a_failure_is_told_with_what_to_do(error: str, expected: str) -> None:
    assert expected in explain(error)


def test_without_credentials_of_the_stack_the_docker_login_is_named() -> None:
    facts = BuildFacts("python", "", (), "registry.acme.example/ml", None, None, None)
    assert "this machine's docker login push" in explain("failed to push r: 401 Unauthorized", facts)
    assert "the builder of this machine" in explain('no builder "x" found', facts)
    assert "cannot reach the package index" in explain(f"{INSTALL} successfully: exit code: 86", facts)
