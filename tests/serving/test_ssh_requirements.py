"""A real build that fetches a requirement by SSH, with the keys of an agent on this machine."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from endpoints.image.build_failures import explain_failure
from endpoints.image.dockerfile import Dockerfile
from endpoints.image.requirements import find_requirements
from tests.serving.processes import free_port, wait_until
from tests.serving.servers_on_loopback import make_repository
from tests.serving.test_failed_installations import FACTS
from tests.serving.test_image_builds import BASE, CONNECTION, Build, packages

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not CONNECTION.exists(), reason=f"the embedded cluster is not up: no {CONNECTION}"),
    pytest.mark.skipif(SSHD is None, reason="no sshd on PATH: apt-get install openssh-server"),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd of another user than root cannot change users"),
]


@dataclass(frozen=True)
class Hosting:
    """A host of git repositories: `url` of one, its public key as a known host, and the `agent`'s socket."""

    url: str
    known_hosts: Path
    agent: Path


@pytest.fixture
def hosting(tmp_path: Path) -> Iterator[Hosting]:
    setup = "from setuptools import setup\nsetup(name='demo', version='1.0', py_modules=['demo'])\n"
    make_repository(tmp_path / "git/demo.git", {"setup.py": setup, "demo.py": "answer = 42\n"})
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(command, check=True, timeout=60)
    port = free_port()
    key = (tmp_path / "user.pub").read_text()
    (tmp_path / "authorized").write_text(f'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" {key}')
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {(tmp_path / 'host.pub').read_text()}")
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/authorized\n"
        "PasswordAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    agent = tmp_path / "agent"
    assert SSHD is not None
    running = [
        subprocess.Popen([SSHD, "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.DEVNULL),
        subprocess.Popen(["ssh-agent", "-D", "-a", str(agent)], stdout=subprocess.DEVNULL),
    ]
    try:
        wait_until(agent.exists, lambda: "ssh-agent does not start")
        wait_until(lambda: answers(port), lambda: "sshd does not start")
        subprocess.run(
            ["ssh-add", "-q", str(tmp_path / "user")],
            env={**os.environ, "SSH_AUTH_SOCK": str(agent)},
            check=True,
            timeout=60,
        )
        url = f"git+ssh://root@127.0.0.1:{port}{tmp_path}/git/demo.git"
        yield Hosting(url, tmp_path / "known_hosts", agent)
    finally:
        for process in running:
            process.terminate()
            process.wait(timeout=60)


def answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def build(hosting: Hosting, directory: Path) -> Build:
    project = directory / "project"
    project.mkdir()
    (project / "requirements.txt").write_text(f"demo @ {hosting.url}\n")
    requirements = find_requirements(project)
    dockerfile = Dockerfile(BASE, False, requirements, build_packages=("git", "openssh-client"), ssh=True)
    options = (f"--ssh=default={hosting.agent}", f"--secret=id=known_hosts,src={hosting.known_hosts}")
    return Build(project, directory / "build", dockerfile, options=options)


def test_a_key_of_the_agent_fetches_a_requirement_and_is_in_no_layer(
    hosting: Hosting, tmp_path: Path
) -> None:
    built = build(hosting, tmp_path)
    assert built.succeeded, built.output
    assert "demo-1.0" in packages(built)
    key = (tmp_path / "user").read_bytes().splitlines()[1]
    assert key not in built.archive.read_bytes()


def test_a_host_that_is_not_known_is_refused(hosting: Hosting, tmp_path: Path) -> None:
    hosting.known_hosts.write_text(f"[127.0.0.1]:1 {(tmp_path / 'host.pub').read_text()}")
    built = build(hosting, tmp_path)
    assert not built.succeeded
    told = explain_failure(built.output, FACTS)
    assert "git cannot fetch demo" in told
    assert "Host key verification failed" in told
