"""Where the embedded cluster of one clone keeps its files."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATE_VARIABLE = "LOCALCLUSTER_STATE"
"""Environment variable that names another state directory, and with it another, independent cluster."""


@dataclass(frozen=True)
class Layout:
    """The directories of one cluster.

    `state` survives `down` and a restart of the machine, `runtime` holds sockets and process records, and
    `cache` is shared by every clone of the same user.
    """

    clone: Path
    state: Path
    cache: Path

    @property
    def identity(self) -> str:
        """Eight hexadecimal digits that keep this cluster's interfaces, groups and sockets apart."""
        return hashlib.sha256(str(self.state).encode()).hexdigest()[:8]

    @property
    def runtime(self) -> Path:
        """Sockets and process records.

        Short, because the path of a Unix socket may have 107 bytes at most.
        """
        return Path("/run") / f"localcluster-{self.identity}"

    @property
    def node_runtime(self) -> Path:
        """What the node keeps in its own /run: seen only inside its mount namespace, and gone with it."""
        return Path("/run/localcluster-node")

    @property
    def certificates(self) -> Path:
        """Keys, certificates and kubeconfigs; readable only by root."""
        return self.state / "certificates"

    @property
    def configuration(self) -> Path:
        """Configuration files that every `up` writes again."""
        return self.state / "configuration"

    @property
    def logs(self) -> Path:
        """One file per component, and the containers' own logs under `pods`."""
        return self.state / "logs"

    @property
    def connection(self) -> Path:
        """What everything else reads to reach the cluster.

        It exists only while the cluster is meant to run.
        """
        return self.state / "connection.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, with the one context `localcluster`."""
        return self.state / "kubeconfig"

    @property
    def buildx(self) -> Path:
        """The value of BUILDX_CONFIG: the directory in which Docker Buildx looks up the builder."""
        return self.state / "buildx"


def find_layout(environment: Mapping[str, str] = os.environ) -> Layout:
    """Give the layout of the clone that holds this file, or of the state directory in LOCALCLUSTER_STATE."""
    clone = Path(__file__).resolve().parent.parent
    state = Path(environment.get(STATE_VARIABLE) or clone / ".localcluster").expanduser().absolute()
    cache_home = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Layout(clone=clone, state=state, cache=cache_home.expanduser().absolute() / "valohai-endpoints")
