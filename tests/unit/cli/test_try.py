"""`try` asks for what its arguments say, in whatever order they come."""

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.cli.conftest import STACK, Ran

Try = Callable[..., Ran]

GREET = "acme/shapes/production/20261101.0/greet"
LATEST = "acme/shapes/production/latest/greet"


class _Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201 if self.path.endswith("?n=3") else 404)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def base() -> Iterator[str]:
    """Return the address of a server that answers with the path, and 404 without the query `n=3`."""
    with serving("127.0.0.1") as url:
        yield url


@contextmanager
def serving(address: str) -> Iterator[str]:
    """Run the server at an address of the loopback interface, and yield its URL."""

    class OfFamily(http.server.HTTPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

    with OfFamily((address, 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host = f"[{address}]" if ":" in address else address
        yield f"http://{host}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def outputs(program: Path, base: str) -> str:
    """Return the path of the stack's outputs."""
    known = {
        "endpoints": {GREET: {"url": f"{base}/{GREET}", "namespace": "n", "image": "i"}},
        "aliases": {LATEST: {"url": f"{base}/{LATEST}", "version": "20261101.0"}},
    }
    (program / "outputs.json").write_text(json.dumps(known), encoding="utf-8")
    return "outputs.json"


@pytest.mark.parametrize(
    "arguments",
    [
        ("greet", "list?n=3", "--form", "name=seven"),
        ("greet", "--form", "name=seven", "list?n=3"),
        ("--form", "name=seven", "greet", "list?n=3"),
    ],
)
def test_the_path_may_stand_before_and_behind_flags(
    run: Callable[..., Ran], outputs: str, base: str, arguments: tuple[str, ...]
) -> None:
    ran = run("try", "--stack", "test", "--outputs", outputs, *arguments)
    assert (ran.code, ran.errors) == (0, f"{base}/{GREET}/list?n=3: 201 Created\n")


def test_a_failure_names_the_whole_url(run: Callable[..., Ran], outputs: str, base: str) -> None:
    ran = run("try", "--stack", "test", "--outputs", outputs, "greet", "lost", "--json", "1")
    assert (ran.code, ran.errors.splitlines()[0]) == (1, f"{base}/{GREET}/lost: 404 Not Found")


def test_a_404_hints_at_a_prefix_that_the_server_may_not_know(run: Callable[..., Ran], outputs: str) -> None:
    ran = run("try", "--stack", "test", "--outputs", outputs, "greet", "lost", "--json", "1")
    assert ran.errors.splitlines()[1:] == [
        'hint: the server does not serve "lost", or, with server-command, it does not use the prefix of '
        f"all its paths, /{GREET}; the prefix is SCRIPT_NAME in its environment, and docs/prefixes.md shows "
        "how each server uses it"
    ]
    ran = run("try", "--stack", "test", "--outputs", outputs, "greet", "--json", "1")
    assert "hint: the server does not serve the endpoint's own URL (give a path below it as the" in ran.errors


def test_a_404_of_an_alias_hints_at_what_a_server_command_does_not_know(
    run: Callable[..., Ran], outputs: str
) -> None:
    ran = run("try", "--stack", "test", "--outputs", outputs, "latest/greet", "lost", "--json", "1")
    assert f"of all its paths, /{GREET}; the prefix is SCRIPT_NAME" in ran.errors
    assert ran.errors.endswith("Ingress, it does not know the alias either: docs/stack-file.md#aliases\n")


def test_another_failure_gets_no_hint(run: Callable[..., Ran], outputs: str) -> None:
    ran = run("try", "--stack", "test", "--outputs", outputs, "greet", "--method", "DELETE")
    assert (ran.code, ran.errors.count("\n")) == (1, 1)


def test_a_second_path_is_told(run: Callable[..., Ran]) -> None:
    ran = run("try", "greet", "list", "--json", "1", "more")
    assert ran.code == 2
    assert ran.errors.endswith("unrecognized arguments: more\n")


@pytest.fixture
def outputs_without_host(program: Path) -> str:
    known = {"endpoints": {GREET: {"url": f"/{GREET}", "namespace": "n", "image": "i"}}, "aliases": {}}
    (program / "outputs.json").write_text(json.dumps(known), encoding="utf-8")
    return "outputs.json"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_router_is_asked_by_its_ipv6_address(run: Callable[..., Ran], outputs_without_host: str) -> None:
    with serving("::1") as base:
        assert base.startswith("http://[::1]:")
        arguments = (
            "--stack",
            "test",
            "--outputs",
            outputs_without_host,
            "--base",
            f"{base}/",
            "--json",
            "1",
        )
        ran = run("try", "greet", "list?n=3", *arguments)
    assert (ran.code, ran.errors) == (0, f"{base}/{GREET}/list?n=3: 201 Created\n")


@pytest.mark.parametrize(
    "base",
    [
        "http://2001:db8::7",
        "http://[2001:db8::7",
        "2001:db8::7",
        "models.acme.example",
        "10.20.0.7:8080",
        "http://",
    ],
)
def test_a_router_without_scheme_or_brackets_is_told_with_what_is_allowed(
    run: Callable[..., Ran], outputs_without_host: str, base: str
) -> None:
    ran = run("try", "--stack", "test", "--outputs", outputs_without_host, "--base", base, "greet")
    assert ran.code == 1
    assert f"--base {base}: allowed: scheme, host and an optional port" in ran.errors
    assert "with an IPv6 address in brackets: http://[2001:db8::7]:8080" in ran.errors


KEYS = "{kind: apiKeys, keys: {partner: {secret: first}, batch: {secret: second}}}"
TOKENS = "{kind: oidc, issuer: 'https://login.acme.example', audience: greet}"
PULUMI = """#!/bin/sh
case "$*" in
*'"first"'*) echo partner-0123456789abcdef ;;
*'"second"'*) echo batch-0123456789abcdef ;;
*) exit 1 ;;
esac
"""


class _Echo(_Server):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers.get("Authorization", "nothing").encode())


@pytest.fixture
def echoed(program: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Iterator[Try]:
    """Return what sends `try` to an endpoint with an access; it prints the header Authorization."""
    (program / "bin").mkdir()
    (program / "bin/pulumi").write_text(PULUMI)
    (program / "bin/pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{program}/bin:/usr/bin:/bin")
    # As it would replace a key, without a word.
    (program / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(program / "netrc"))
    with http.server.HTTPServer(("127.0.0.1", 0), _Echo) as server:
        url = f"http://127.0.0.1:{server.server_port}/{GREET}"
        known = {"endpoints": {GREET: {"url": url, "namespace": "n", "image": "i"}}}
        (program / "outputs.json").write_text(json.dumps(known))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()

        def send(access: str, *arguments: str) -> Ran:
            secrets = "  endpoints:secrets: {first: {secure: v1:a}, second: {secure: v1:b}}\n"
            (program / "stacks/Pulumi.test.yaml").write_text(
                STACK.replace("greet: {}", f"greet: {{access: {access}}}") + secrets
            )
            return run("try", "--stack", "test", "--outputs", "outputs.json", "greet", *arguments)

        yield send
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("access", "arguments", "sent"),
    [
        (KEYS, (), "Bearer partner-0123456789abcdef"),
        (KEYS, ("--key", "batch"), "Bearer batch-0123456789abcdef"),
        (KEYS, ("--header", "X-API-Key: own"), "Basic YTpi"),
        (KEYS, ("--token-file", "token"), "Bearer of.a.file"),
        (TOKENS, (), "Bearer of.a.variable"),
        (TOKENS, ("--token-file", "token"), "Bearer of.a.file"),
        (
            TOKENS.replace("}", ", keys: {b: {secret: second}}}"),
            ("--key", "b"),
            "Bearer batch-0123456789abcdef",
        ),
        ("null", (), "Basic YTpi"),
    ],
)
def test_the_key_or_token_of_the_endpoint_is_sent_and_not_shown(
    echoed: Try,
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
    access: str,
    arguments: tuple[str, ...],
    sent: str,
) -> None:
    (program / "token").write_text("of.a.file\n")
    monkeypatch.setenv("ENDPOINTS_TOKEN", "of.a.variable")
    ran = echoed(access, *arguments)
    assert (ran.code, ran.output) == (0, sent), ran.errors
    assert sent.split()[1] not in ran.errors


@pytest.mark.parametrize(
    ("access", "arguments", "said"),
    [
        (KEYS, ("--key", "lost"), "greet has no such key in the stack file; its keys: batch, partner"),
        ("null", ("--key", "lost"), "it has no keys"),
        (
            KEYS,
            ("--key", "batch", "--header", "Authorization: own"),
            "found --key and --header Authorization",
        ),
        (TOKENS, ("--token-file", "lost"), "--token-file lost: cannot be read: No such file or directory"),
        (TOKENS, ("--token-file", "stacks/Pulumi.test.yaml"), "holds no key or token"),
        (KEYS.replace("first", "third"), (), "test: pulumi cannot read the secret third"),
        (KEYS, ("--key", "batch", "--token-file", "token"), "not allowed with argument"),
    ],
)
def test_a_key_or_token_that_cannot_be_sent_is_told(
    echoed: Try, access: str, arguments: tuple[str, ...], said: str
) -> None:
    ran = echoed(access, *arguments)
    assert ran.code != 0
    assert said in ran.errors, ran.errors
