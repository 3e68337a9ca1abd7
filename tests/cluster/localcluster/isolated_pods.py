"""Pods that try to reach each other, in two namespaces of a test's own."""

import subprocess
from dataclasses import dataclass
from typing import Any

from localcluster.plan import find_programs
from tests.cluster.localcluster.cluster import Cluster

SERVER = (
    "import socketserver, threading, time\n"
    "class Echo(socketserver.StreamRequestHandler):\n"
    "  def handle(self):\n"
    "    for line in self.rfile: self.wfile.write(line)\n"
    "class Server(socketserver.ThreadingTCPServer): allow_reuse_address = daemon_threads = True\n"
    "servers = [Server(('', port), Echo) for port in (8000, 8001, 8765)]\n"
    "for one in servers: threading.Thread(target=one.serve_forever).start()\n"
)
CONNECT = (
    "import errno, socket, sys\n"
    "for target in sys.argv[1:]:\n"
    "  host, _, port = target.rpartition(':')\n"
    "  try: socket.create_connection((host, int(port)), 2).close(); print('open')\n"
    "  except TimeoutError: print('silent')\n"
    "  except OSError as error:\n"
    "    refused = error.errno in (errno.EHOSTUNREACH, errno.EACCES)\n"
    "    print('prohibited' if refused else type(error).__name__)\n"
)
"""Prints one word per target; `prohibited` is the answer that the kernel's rules send, in IPv4 or in IPv6."""
RESOLVE = (
    "import socket, sys\n"
    "for name in sys.argv[1:]:\n"
    "  try: print(socket.gethostbyname(name))\n"
    "  except socket.gaierror as error: print(error.args[0] == socket.EAI_NONAME and 'unknown' or error)\n"
)


@dataclass(frozen=True)
class Place:
    """One pod of the test."""

    cluster: Cluster
    namespace: str
    name: str

    @property
    def address(self) -> str:
        return self.cluster.kubectl(*self._of("get", "pod", self.name), "--output=jsonpath={.status.podIP}")

    def attempts(self, *targets: str) -> list[str]:
        """What comes of connecting to each `host:port` from inside the pod."""
        return self.run(CONNECT, *targets).split()

    def resolved(self, *names: str) -> list[str]:
        """The address of each name, as seen from inside the pod."""
        return self.run(RESOLVE, *names).splitlines()

    def run(self, code: str, *arguments: str) -> str:
        return self.cluster.kubectl(*self._of("exec", self.name), "--", "python", "-c", code, *arguments)

    def start(self, code: str, *arguments: str) -> "subprocess.Popen[str]":
        """Run a program inside the pod without waiting for it."""
        kubectl = str(find_programs(self.cluster.layout).directories["kubernetes"] / "kubectl")
        command = [kubectl, f"--kubeconfig={self.cluster.layout.kubeconfig}", *self._of("exec", self.name)]
        return subprocess.Popen(
            [*command, "--", "python", "-u", "-c", code, *arguments], stdout=subprocess.PIPE, text=True
        )

    def _of(self, *command: str) -> list[str]:
        return [*command, f"--namespace={self.namespace}"]


def pod(namespace: str, name: str, code: str = SERVER, **labels: str) -> dict[str, Any]:
    """A pod whose port 8000 is called `http`, ready when that is reached by the kubelet."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "labels": {"name": name, **labels}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": "main",
                    "image": "python:3.11-slim",
                    "command": ["python", "-u", "-c", code],
                    "ports": [{"name": "http", "containerPort": 8000}],
                    "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
                }
            ],
        },
    }


def service(namespace: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"selector": {"name": name}, "ports": [{"port": 80, "targetPort": "http"}]},
    }


def policy(namespace: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"podSelector": {}, **spec},
    }
