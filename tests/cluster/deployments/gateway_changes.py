"""Changes of a stack that routes by a Gateway, for reports.

    python -m tests.cluster.deployments.gateway_changes

writes the previews, as tests.cluster.deployments.changes does.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cluster.deployments.changes import NEW, OLD, Settings, trimmed, write, write_shop
from tests.cluster.deployments.projects import own_cluster
from tests.cluster.deployments.stack import Stack

CHANGES: Mapping[str, Callable[[Settings], object]] = {
    "gateway-moved-alias": lambda aliases: aliases.update(latest=NEW),
    "gateway-weights": lambda aliases: aliases.update(canary={OLD: 50, NEW: 50}),
}
"""What each pull request does to the aliases."""


def base(connection: dict[str, Any]) -> Settings:
    """Return a stack whose alias `latest` leads to one version, and `canary` to two."""
    gateway = connection["router"]["gateway"]
    versions = [{"name": name, "endpoints": {"score": {}}} for name in (OLD, NEW)]
    return {
        **own_cluster(connection, {"kind": "gateway", "gateway": gateway, "host": "shop.example"}),
        "organization": "reports",
        "deployments": [
            {
                "project": "gateway",
                "name": "production",
                "source": "shop",
                "aliases": {"latest": OLD, "canary": {OLD: 90, NEW: 10}},
                "versions": versions,
            }
        ],
    }


def record(directory: Path, connection: dict[str, Any]) -> None:
    stack = Stack(directory / "program")
    write_shop(stack.directory / "shop")
    try:
        stack.configure(**base(connection))
        stack.up()
        for name, change in CHANGES.items():
            settings = base(connection)
            change(settings["deployments"][0]["aliases"])
            stack.configure(**settings)
            write(name, trimmed(stack.preview_json(), stack.directory))
    finally:
        stack.destroy()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        record(Path(temporary), json.loads(Path(os.environ["LOCALCLUSTER_CONNECTION"]).read_text()))
