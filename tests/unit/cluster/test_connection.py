"""What a kubeconfig makes of a connection, and what is told of one that cannot be used."""

import stat
from collections.abc import Callable
from os import mkfifo
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from endpoints.cluster import connection
from endpoints.cluster.connection import open_connection
from endpoints.errors import ProjectError

SERVER = "https://prod.example:6443"
CREDENTIAL = """#!/bin/sh
echo asked >> {log}
cat <<END
{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
 "status": {{"token": "$1-$TEAM", "expirationTimestamp": "{expires}"}}}}
END
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a kubeconfig with a user and more fields of its cluster into a directory of its own."""

    def kubeconfig(user: Any, **cluster: Any) -> Path:
        document = {
            "clusters": [{"name": "c", "cluster": {"server": SERVER, **cluster}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u"}}],
        }
        file = tmp_path / "access/config"
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(document))
        return file

    return kubeconfig


def script(directory: Path, text: str) -> Path:
    file = directory / "login"
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def login(command: str, *arguments: str) -> dict[str, Any]:
    """Return a user whom a program logs in."""
    version = "client.authentication.k8s.io/v1"
    environment = [{"name": "TEAM", "value": "fraud"}]
    return {"exec": {"apiVersion": version, "command": command, "args": [*arguments], "env": environment}}


def opened(kubeconfig: Path) -> Any:
    with open_connection(str(kubeconfig), "prod", Path("/elsewhere"), {}) as client:
        return client.configuration


def test_files_that_a_kubeconfig_names_are_found_beside_it(write: Write) -> None:
    file = write(
        {"client-certificate": "mine.crt", "client-key": "mine.key"}, **{"certificate-authority": "ca.crt"}
    )
    for name in ("mine.crt", "mine.key", "ca.crt"):
        (file.parent / name).touch()
    configuration = opened(file)
    assert configuration.cert_file == str(file.parent / "mine.crt")
    assert configuration.key_file == str(file.parent / "mine.key")
    assert configuration.ssl_ca_cert == str(file.parent / "ca.crt")


def test_the_proxy_and_the_name_of_the_certificate_are_those_of_the_kubeconfig(write: Write) -> None:
    names = {"proxy-url": "http://proxy.example:3128", "tls-server-name": "kubernetes"}
    configuration = opened(write({"token": "hush"}, **names))
    assert (configuration.host, configuration.proxy) == (SERVER, "http://proxy.example:3128")
    assert configuration.tls_server_name == "kubernetes"


def test_a_user_of_another_file_logs_in(write: Write, tmp_path: Path) -> None:
    other = tmp_path / "users"
    other.write_text("users: [{name: u, user: {token: hush}}, {name: someone, user: {token: other}}]")
    first = write({"token": "first"})
    first.write_text(first.read_text().replace("users:", "unknown:"))
    with open_connection(None, "prod", tmp_path, {"KUBECONFIG": f"{first}:{other}"}) as client:
        assert client.configuration.api_key == {"BearerToken": "Bearer hush"}


def test_a_login_program_beside_the_kubeconfig_is_run_with_its_arguments_and_environment(
    write: Write, tmp_path: Path
) -> None:
    file = write(login("./login", "token"))
    script(file.parent, CREDENTIAL.format(log=tmp_path / "log", expires="2100-01-01T00:00:00Z"))
    assert opened(file).api_key == {"BearerToken": "Bearer token-fraud"}


def test_a_login_that_is_about_to_end_is_renewed_before_the_next_request(
    write: Write, tmp_path: Path
) -> None:
    file, log = write(login("./login", "token")), tmp_path / "log"
    script(file.parent, CREDENTIAL.format(log=log, expires="2026-11-01T00:00:00Z"))
    opened(file).auth_settings()
    assert log.read_text().count("asked") > 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#!/bin/sh\necho run sso login >&2; exit 3\n", "process returned 3. run sso login"),
        ("#!/bin/sh\necho no json\n", "failed to decode process output"),
        ("no program", "it cannot be run: Exec format error"),
        (None, "it cannot be run: No such file or directory"),
    ],
)
def test_a_login_program_that_fails_is_told_with_what_it_says(
    write: Write, text: str | None, told: str
) -> None:
    file = write(login("./login"))
    if text is not None:
        script(file.parent, text)
    with pytest.raises(ProjectError) as raised:
        opened(file)
    assert f"login program {file.parent}/login gives no credentials: " in str(raised.value)
    assert told in str(raised.value)


def test_a_login_program_that_never_answers_is_ended_and_its_children_are_not_waited_for(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOGIN_SECONDS", 0.2)
    pipe = tmp_path / "pipe"
    mkfifo(pipe)
    file = write(login("./login"))
    script(file.parent, f"#!/bin/sh\ncat {pipe} & cat {pipe}\n")
    try:
        with pytest.raises(ProjectError, match=r"it did not answer within 0\.2 s"):
            opened(file)
    finally:
        pipe.write_text("")


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"client-certificate-data": "hushh", "client-key-data": "hush"}, {}),
        ({"client-certificate": "missing.crt"}, {}),
        ({"exec": "hush"}, {}),
        ({"exec": {"args": ["hush"]}}, {}),
        ({"tokenFile": "missing"}, {}),
        ({"token": "hush"}, {"certificate-authority": "missing.crt"}),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_told_and_not_quoted(
    write: Write, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    with pytest.raises(ProjectError, match="the kubeconfig cannot be used: ") as raised:
        opened(write(user, **cluster))
    assert "hush" not in str(raised.value)


def test_the_content_of_a_kubeconfig_will_do(write: Write) -> None:
    content = SecretStr(write({"token": "hush"}).read_text())
    with open_connection(content, "prod", Path(), {}) as client:
        assert client.configuration.api_key == {"BearerToken": "Bearer hush"}
