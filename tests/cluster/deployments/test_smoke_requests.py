"""A version that does not answer as it should gets no alias, until it is mended."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.requests import Answer, request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

OLD, NEW = "20261101.0", "20261102.0"
ADDRESS = "trial/smoke/production/{}/double"
TOKEN = "t0ken5773577357"

MANIFEST = """
    - endpoint:
        name: double
        image: python:3.11-slim
        wsgi: double
        resources: {cpu: {min: 0.02}}
    """
APPLICATION = """
    import json
    import os

    def application(environ, start_response):
        number = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or "0")
        token = environ.get("HTTP_AUTHORIZATION")
        status = "401 Unauthorized" if token is None else os.environ["STATUS"]
        start_response(status, [("Content-Type", "application/json")])
        path = environ["PATH_INFO"]
        body = {"of": os.environ["VERSION"], "path": path, "double": 2 * number, "token": token}
        return [json.dumps(body).encode()]
    """


def settings(project: Path, versions: dict[str, str], latest: str) -> dict[str, Any]:
    """Return a stack whose versions answer with these statuses."""
    smoke_request = {
        "path": "/predict",
        "headers": {"Authorization": {"secret": "token"}},
        "json": 21,
        "contains": '"double": 42',
        "retrySeconds": 5,
    }
    return {
        "organization": "trial",
        "cluster": {"kind": "embedded"},
        "defaults": {"replicas": {"min": 1, "max": 1}, "smokeRequest": smoke_request},
        "deployments": [
            {
                "project": "smoke",
                "name": "production",
                "source": str(project),
                "aliases": {"latest": latest},
                "versions": [
                    {
                        "name": name,
                        "environment": {"VERSION": name, "STATUS": status},
                        "endpoints": {"double": {"smokeRequest": {"via": "pod"}} if name == OLD else {}},
                    }
                    for name, status in versions.items()
                ],
            }
        ],
    }


def test_an_alias_moves_to_a_version_only_once_that_answers_as_expected(
    new_stack: Callable[[str], Stack], tmp_path: Path
) -> None:
    stack = new_stack("smoke")
    project = write_project(tmp_path / "project", MANIFEST, double__py=APPLICATION)

    def configure(versions: dict[str, str], latest: str) -> None:
        stack.configure(**settings(project, versions, latest))
        stack.set_secret("token", TOKEN)

    def asked(url: str) -> Answer:
        return request(url, headers={"Authorization": "mine"})

    configure({OLD: "200 OK"}, OLD)
    stack.up()
    alias = stack.outputs("aliases")[ADDRESS.format("latest")]["url"]
    wait_until(lambda: f'"of": "{OLD}"' in asked(alias).body, 30, "the alias is routed")

    # The old version goes, too: what is taken away is taken away last, and so not at all.
    configure({NEW: "500 Internal Server Error"}, NEW)
    url = alias.replace("latest", NEW)
    shown = stack.succeed("preview")
    assert f"smoke request of the update: POST {url}/predict, expected: status 200" in shown
    failed = stack.up(check=False)
    told = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert f"{ADDRESS.format(NEW)} failed its smoke request" in told
    assert f"sent: POST {url}/predict" in told
    assert "500 Internal Server Error:" in told
    assert '"double": 42, "token": "[secret]"' in told
    assert TOKEN not in told
    assert "Traceback" not in told
    assert f'"of": "{OLD}"' in asked(alias).body
    assert asked(url).status == 500

    configure({NEW: "200 OK"}, NEW)
    stack.up()
    wait_until(lambda: f'"of": "{NEW}"' in asked(alias).body, 30, "the alias has moved")
    assert stack.preview() == []
    wait_until(lambda: request(url.replace(NEW, OLD)).status == 404, 30, "the old version has gone")
    assert TOKEN not in stack.written()
