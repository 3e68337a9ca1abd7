"""Where the embedded cluster is that is measured."""

import json
import os
from pathlib import Path
from typing import Any


def connection_exists() -> bool:
    """Tell whether the embedded cluster runs and this process knows where."""
    return _file().is_file() and "kubeconfig" in read_connection()


def read_connection() -> dict[str, Any]:
    """Return how to reach the cluster, its registry and its builder."""
    found = json.loads(_file().read_text())
    assert isinstance(found, dict)
    return found


def _file() -> Path:
    return Path(os.environ.get("LOCALCLUSTER_CONNECTION", ""))
