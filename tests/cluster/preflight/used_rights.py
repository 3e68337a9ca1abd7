"""Which rights an account makes use of, seen at a proxy between it and the API server."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from endpoints.preflight.rights import Right
from tests.cluster.deployments.kubectl import wait_until

RESPONSE = re.compile(r'"Response" verb="(?P<method>\w+)" url="(?P<url>[^"]+)" status="(?P<status>\d+)')
NAMESPACED = re.compile(
    r"/apis?/(?:(?P<group>[^/]+)/)?v[^/]+/namespaces/[^/]+/(?P<resource>[^/]+)"
    r"(?P<name>/[^/]+(?P<subresource>/[^/]+)?)?$"
)
NAMESPACE = re.compile(r"/api/v1/(?P<resource>namespaces)(?P<name>/[^/]+)$")
"""The object itself counts as one of the namespace's: a Role can grant the right to it."""


@dataclass(frozen=True)
class Proxy:
    """`kubectl proxy`: takes requests without encryption, and logs how the API server answers each."""

    kubeconfig: Path
    log: Path

    def used_rights(self) -> set[Right]:
        """Return the rights to a namespace's objects that requests had need of and were granted."""
        answers = RESPONSE.finditer(self.log.read_text())
        granted = [answer for answer in answers if answer["status"] != "403"]
        return {right for answer in granted for right in rights_of(answer["method"], answer["url"])}


@contextmanager
def proxied(kubeconfig: Path, context: str, directory: Path) -> Iterator[Proxy]:
    """Run a proxy for an account; its own kubeconfig is the account's, by way of the proxy."""
    log = directory / "proxy.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            ["kubectl", "proxy", "--kubeconfig", str(kubeconfig), "--context", context, "--port=0", "-v=6"],
            stdout=written,
            stderr=written,
        )
    try:
        address = wait_until(
            lambda: re.search(r"Starting to serve on (\S+)", log.read_text()), 30, "the proxy serves"
        )
        document = yaml.safe_load(kubeconfig.read_text())
        for entry in document["clusters"]:
            entry["cluster"] = {"server": f"http://{address[1]}"}
        file = directory / "proxied"
        file.write_text(yaml.safe_dump(document))
        yield Proxy(file, log)
    finally:
        process.terminate()
        process.wait(timeout=10)


def rights_of(method: str, url: str) -> Iterator[Right]:
    """Yield the right that a request to a namespace's objects takes, as RBAC calls it.

    https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
    """
    parts = urlsplit(url)
    match = NAMESPACED.match(parts.path) or NAMESPACE.match(parts.path)
    if match is None:
        return
    found = {"group": "", "subresource": "", **match.groupdict()}
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch"}
    if method == "GET" and "watch" in parse_qs(parts.query):
        verb = "watch"
    elif method == "GET":
        verb = "get" if found["name"] else "list"
    elif method == "DELETE":
        verb = "delete" if found["name"] else "deletecollection"
    else:
        verb = verbs[method]
    yield Right(found["group"] or "", f"{found['resource']}{found['subresource'] or ''}", verb)


def granted_rights(rules: Iterable[Mapping[str, Any]]) -> set[Right]:
    """Return the rights that a Role's rules hold."""
    return {
        Right(group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
