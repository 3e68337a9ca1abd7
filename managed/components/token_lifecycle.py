"""What the engine asks about a token: whether it is to be renewed, and for another one."""

from datetime import UTC, datetime
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, UpdateResult

from managed.account_token import Token, is_due, request_token


def create(props: dict[str, Any]) -> CreateResult:
    """Ask for the first token."""
    return CreateResult(f"{props['namespace']}/{props['account']}", _with_token(props))


def diff(olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
    """Tell whether there must be another token; the way to the cluster is not part of it."""
    decisive = ("namespace", "account", "account_uid", "seconds")
    changed = any(olds.get(key) != news.get(key) for key in decisive)
    return DiffResult(changes=changed or is_due(olds, datetime.now(UTC)))


def update(props: dict[str, Any]) -> UpdateResult:
    """Ask for another token; the one before ends at its own time, so that running updates keep theirs."""
    return UpdateResult(_with_token(props))


def _with_token(props: dict[str, Any]) -> dict[str, Any]:
    # The engine makes every number a fraction.
    token: Token = request_token(
        props.get("kubeconfig"),
        props["context"],
        props["namespace"],
        props["account"],
        int(props["seconds"]),
        datetime.now(UTC),
    )
    return {**props, "token": token.text, "given": token.given, "expires": token.expires}
