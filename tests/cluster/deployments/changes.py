"""A stack and the changes of a pull request that reports are made of.

    python -m tests.cluster.deployments.changes

deploys the stack on the embedded cluster and writes the engine's preview of every change to
tests/fixtures/previews. Changes of a stack that routes by a Gateway are in gateway_changes, those of a team's
on a managed cluster in tests.cluster.managed.changes; each is recorded by itself.
"""

import copy
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.stack import ROOT, Stack

PREVIEWS = ROOT / "tests/fixtures/previews"
OLD, NEW = "20261101.0", "20261102.0"

MANIFEST = """
    - endpoint:
        name: score
        image: python:3.11-slim
        wsgi: shop
        resources: {cpu: {min: 0.05, max: 0.5}, memory: {min: 64, max: 256}}
    - endpoint:
        name: explain
        image: python:3.11-slim
        wsgi: shop
        resources: {cpu: {min: 0.1, max: 1}, memory: {min: 128, max: 256}}
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"a score"]
    """

Settings = dict[str, Any]


def base() -> Settings:
    """Return a stack with a production and a staging deployment of one project."""
    return {
        "organization": "reports",
        "cluster": {"kind": "embedded"},
        "prices": {"cpuHour": 0.04, "memoryGibHour": 0.005, "currency": "EUR"},
        "deployments": [
            {
                "project": "shop",
                "name": "production",
                "source": "shop",
                "aliases": {"latest": OLD},
                "versions": [
                    {
                        "name": OLD,
                        "environment": {"API_KEY": {"secret": "api-key"}},
                        "endpoints": {"score": {}},
                    },
                    {"name": NEW, "endpoints": {"score": {}}},
                ],
            },
            {
                "project": "shop",
                "name": "staging",
                "source": "shop",
                "versions": [{"name": NEW, "endpoints": {"score": {}}}],
            },
        ],
    }


def write_shop(directory: Path, text: str = "a score") -> Path:
    return write_project(directory, MANIFEST, shop__py=APPLICATION.replace("a score", text))


def _production(change: Callable[[Settings], object]) -> Callable[[Settings], object]:
    return lambda settings: change(settings["deployments"][0])


CHANGES: Mapping[str, Callable[[Settings], object]] = {
    "nothing": lambda _: None,
    "new-endpoint": _production(lambda chosen: chosen["versions"][1]["endpoints"].update(explain={})),
    "more-replicas": _production(
        lambda chosen: chosen["versions"][0]["endpoints"].update(score={"replicas": {"min": 2, "max": 8}})
    ),
    "environment": _production(lambda chosen: chosen["versions"][0]["environment"].update(LOG_LEVEL="debug")),
    "moved-alias": _production(lambda chosen: chosen["aliases"].update(latest=NEW)),
    "new-version": _production(
        lambda chosen: (
            chosen["versions"].append({"name": "20261103.0", "endpoints": {"score": {}}}),
            chosen["aliases"].update(latest="20261103.0"),
        )
    ),
    "removed-version": _production(lambda chosen: chosen["versions"].pop(1)),
    "removed-alias": _production(lambda chosen: chosen["aliases"].clear()),
    "destroyed-namespace": lambda settings: settings["deployments"].pop(0),
    "renamed-deployment": _production(lambda chosen: chosen.update(name="live")),
}
"""What each pull request does to the stack file."""


def changed(name: str) -> Settings:
    settings = base()
    CHANGES[name](settings)
    return settings


def mistaken() -> Settings:
    settings = base()
    settings["deployments"][0]["sorce"] = settings["deployments"][0].pop("source")
    return settings


def trimmed(preview: str, directory: Path) -> Settings:
    """Return a preview without this machine's paths, without times and without what no report reads."""
    text = re.sub(r'/[^" ]*/\.localcluster/', "/machine/", preview.replace(str(directory), "/program"))
    found: Settings = json.loads(text)
    found["duration"] = 0
    for step in found["steps"]:
        for name in ("oldState", "newState"):
            state = step.get(name)
            if state is None:
                continue
            is_stack = state["type"] == "pulumi:pulumi:Stack"
            dropped = {"created", "modified", "propertyDependencies", "sourcePosition", "stackTrace"}
            dropped |= set() if is_stack else {"outputs"}
            step[name] = {key: value for key, value in state.items() if key not in dropped}
            dockerfile = step[name].get("inputs", {}).get("dockerfile")
            if dockerfile:
                dockerfile["inline"] = dockerfile["inline"].splitlines()[0]
        if step["op"] == "same" and "outputs" not in step["oldState"]:
            del step["oldState"]  # the same as the new one
    return found


def write(name: str, preview: Settings) -> None:
    """Write a preview with a line for each step, so that a new recording can be compared with the last."""
    steps = ",\n".join(json.dumps(step, sort_keys=True) for step in preview.pop("steps"))
    rest = json.dumps(preview, sort_keys=True)
    (PREVIEWS / f"{name}.json").write_text(f'{{"steps": [\n{steps}\n],\n{rest[1:]}\n')


def configure(stack: Stack, settings: Settings, secret: str = "s3cret-of-the-shop") -> None:
    stack.configure(**copy.deepcopy(settings))
    stack.set_secret("api-key", secret)


def record(directory: Path) -> None:
    stack = Stack(directory / "program")
    shop = stack.directory / "shop"
    write_shop(shop)
    try:
        configure(stack, base())
        write("new-stack", trimmed(stack.preview_json(), stack.directory))
        stack.up()
        configure(stack, mistaken())
        write("mistake", trimmed(stack.run("preview", "--json", "--show-sames").stdout, stack.directory))
        for name in CHANGES:
            configure(stack, changed(name))
            write(name, trimmed(stack.preview_json(), stack.directory))
        configure(stack, base(), secret="another-s3cret")
        write("changed-secret", trimmed(stack.preview_json(), stack.directory))
        configure(stack, base())
        (shop / "shop.py").write_text((shop / "shop.py").read_text().replace("a score", "a better score"))
        write("new-image", trimmed(stack.preview_json(), stack.directory))
    finally:
        stack.destroy()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        record(Path(temporary))
