"""The key or token that a request to an endpoint of a stack needs."""

import sys
from collections.abc import Mapping
from pathlib import Path

from endpoints.deployed.outputs import read_secret
from endpoints.errors import ProjectError
from endpoints.plan.access import is_one_word
from endpoints.plan.address import Address
from endpoints.stack_file import EndpointLayers, Settings
from endpoints.stack_file.access import ApiKeyAccess
from endpoints.stack_file.files import project_name, read_values, stack_file
from endpoints.stack_file.load import load_settings
from endpoints.stack_file.oidc import OidcAccess
from endpoints.wording import listing

TOKEN_VARIABLE = "ENDPOINTS_TOKEN"
"""Variable that holds a token for endpoints whose access is of kind oidc."""

Access = ApiKeyAccess | OidcAccess | None


def read_token(file: Path) -> str:
    """Return the token in a file, or in the standard input for `-`; raises ProjectError if there is none."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ProjectError(f"--token-file {file}: cannot be read: {reason}") from None
    return _sendable(text, f"--token-file {file}")


def credential(
    stack: str, root: Path, address: Address, key: str | None, variables: Mapping[str, str]
) -> str | None:
    """Return what lets a request in, by the access that the stack file gives the endpoint.

    That is the key of that name, otherwise the token in `variables`, otherwise the first key; None if the
    endpoint takes none, or takes tokens and there is no token. Pulumi decrypts keys; they must not be shown.
    Raises ProjectError where there is no such key, or where Pulumi does not decrypt it.
    """
    file, namespace = stack_file(root, stack), project_name(root)
    if key is None and not file.exists():
        return None
    access = _access(load_settings(read_values(file, namespace), file, namespace), address)
    if key is None and isinstance(access, OidcAccess) and TOKEN_VARIABLE in variables:
        return _sendable(variables[TOKEN_VARIABLE], TOKEN_VARIABLE)
    keys = {} if access is None else access.keys
    if key is not None and key not in keys:
        known = f"its keys: {listing(keys)}" if keys else "it has no keys"
        raise ProjectError(f"--key {key}: {address.prefix} has no such key in the stack file; {known}")
    if not keys:
        return None
    secret = keys[next(iter(keys)) if key is None else key].name
    return _sendable(read_secret(stack, root, namespace, secret), f"the secret {secret} of {stack}")


def _access(settings: Settings, address: Address) -> Access:
    for index, deployment in enumerate(settings.deployments):
        for number, version in enumerate(deployment.versions):
            names = (settings.organization, deployment.project, deployment.name, version.name)
            if names == (address.organization, address.project, address.deployment, address.version):
                return EndpointLayers(settings, index, number, address.endpoint).merged().access
    return None


def _sendable(text: str, place: str) -> str:
    """Return a key or token without the blanks around it, which must fit into a header."""
    value = text.strip()
    if not is_one_word(value):
        raise ProjectError(f"{place}: holds no key or token: it must be one word of ASCII characters")
    return value
