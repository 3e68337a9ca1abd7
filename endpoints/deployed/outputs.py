"""The outputs of a stack, by which its endpoints are found."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endpoints.errors import Problem, ProjectError
from endpoints.plan.address import Address
from endpoints.report.preview import ENDPOINT
from endpoints.wording import suggestion

LIMIT_SECONDS = 120.0
"""How long Pulumi may take to read a stack's state or one setting of it.

It tries several times to reach where the state is, with growing pauses. Whoever waits for longer is better
told so: a store behind a VPN that is down never answers.
"""


def ask_pulumi(stack: str, root: Path, subject: str, *arguments: str) -> str:
    """Return what `pulumi ARGUMENTS` prints of a stack of the project in `root`.

    `subject` names the output in messages. Pulumi runs without prompts. Raises ProjectError where Pulumi is
    missing, fails, or takes longer than the limit.
    """
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", stack, "--non-interactive"],
            cwd=root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_SECONDS,
        )
    except FileNotFoundError:
        raise ProjectError(
            f"{stack}: pulumi is needed to read {subject}, but is not on PATH; install it"
        ) from None
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{stack}: pulumi did not return {subject} within {LIMIT_SECONDS:g} s; check that this "
            "machine can reach the state: `pulumi whoami --verbose` shows where it is"
        ) from None
    if done.returncode != 0:
        raise ProjectError(f"{stack}: pulumi cannot read {subject}: {done.stderr.strip()}")
    return done.stdout


def read_secret(stack: str, root: Path, namespace: str, name: str) -> str:
    """Return an entry of the stack's `secrets` in plain; it must not be shown.

    Raises ProjectError where Pulumi is missing or does not decrypt it, for want of a passphrase say.
    """
    if shutil.which("pulumi") is None:
        raise ProjectError(
            f"pulumi is needed to decrypt the secret {name} of {stack}, but is not on PATH; install it"
        )
    path = f'{namespace}:secrets["{name}"]'
    return ask_pulumi(stack, root, f"the secret {name}", "config", "get", "--path", path)


@dataclass(frozen=True)
class Served:
    """A URL of a deployed endpoint: its own, or that of an alias.

    `name` is the address without the leading slash. `url` is None until an update of the stack has come
    so far as to tell it. `targets` are the endpoints that answer there: one, or several that share an alias.
    """

    name: str
    url: str | None
    targets: tuple[Address, ...]


@dataclass(frozen=True)
class StackOutputs:
    """Everything that a stack serves, by address without the leading slash."""

    endpoints: Mapping[str, Served]
    aliases: Mapping[str, Served]

    def find(self, name: str) -> Served:
        """Return what a name means: an address, or the end of one, such as `greet` or `latest/greet`.

        An endpoint's name alone means the endpoint, not its aliases. Raises ProjectError where it means
        nothing or several things.
        """
        wanted = name.strip("/")
        everything = {**self.endpoints, **self.aliases}
        if wanted in everything:
            return everything[wanted]
        for known in (self.endpoints, everything):
            found = [address for address in known if address.endswith(f"/{wanted}")]
            if len(found) == 1:
                return known[found[0]]
            if found:
                raise ProjectError(
                    f"{name}: matches {len(found)} endpoints; give more of the address: "
                    f"{', '.join(sorted(found))}"
                )
        raise ProjectError(
            f"{name}: the stack has no endpoint of this name; {suggestion(wanted, everything)}"
        )


def read_outputs(stack: str, root: Path, file: Path | None) -> StackOutputs:
    """Return a stack's outputs: from a file that `pulumi stack output --json` wrote, or by asking Pulumi.

    A first update that failed leaves no outputs, exactly when a user needs the status of its endpoints: then
    the endpoints are those of the stack's state.
    """
    if file is not None:
        try:
            return _outputs(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            text = f"contains no outputs ({type(error).__name__}); create it with: pulumi stack output --json"
            raise ProjectError(Problem(str(file), None, "", text)) from None
    if shutil.which("pulumi") is None:
        raise ProjectError("pulumi is not on PATH; install it, or give its saved output with --outputs FILE")
    outputs = _ask(stack, root)
    if "endpoints" in outputs:
        return _outputs(outputs)
    begun = endpoints_of_state(json.loads(ask_pulumi(stack, root, "the state", "stack", "export")))
    if not begun.endpoints:
        raise ProjectError(f"{stack}: nothing is deployed yet; run: pulumi up --stack {stack}")
    return begun


def endpoints_of_state(state: Mapping[str, Any]) -> StackOutputs:
    """Return the endpoints that a stack's state (`pulumi stack export`) holds, without their URLs."""
    resources = state.get("deployment", {}).get("resources") or []
    names = [item["urn"].rpartition("::")[2] for item in resources if item["type"] == ENDPOINT]
    return StackOutputs({name: Served(name, None, (_address(name),)) for name in names}, {})


def read_secret_outputs(stack: str, root: Path) -> Mapping[str, object]:
    """Return all outputs of a stack, such as a managing one, in plain; they must not be shown."""
    return _ask(stack, root, "--show-secrets")


def _ask(stack: str, root: Path, *options: str) -> Mapping[str, Any]:
    outputs: Mapping[str, Any] = json.loads(
        ask_pulumi(stack, root, "the outputs", "stack", "output", "--json", *options)
    )
    return outputs


def _outputs(found: Mapping[str, Any]) -> StackOutputs:
    endpoints = {
        name: Served(name, item["url"], (_address(name),)) for name, item in found["endpoints"].items()
    }
    aliases = {}
    for name, item in found.get("aliases", {}).items():
        versions = item.get("weights") or {item["version"]: 1}
        *before, _, endpoint = name.split("/")
        targets = tuple(
            _address("/".join((*before, version, endpoint))) for version, weight in versions.items() if weight
        )
        aliases[name] = Served(name, item["url"], targets)
    return StackOutputs(endpoints, aliases)


def _address(name: str) -> Address:
    organization, project, deployment, version, endpoint = name.split("/")
    return Address(organization, project, deployment, version, endpoint)
