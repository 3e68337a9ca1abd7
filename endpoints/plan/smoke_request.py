"""Which request shows that an endpoint answers, and which answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from pydantic import SecretStr

from endpoints.errors import Problem
from endpoints.plan.access import CARRIERS, KEY_HEADER, AccessPlan
from endpoints.plan.inputs import EndpointInputs
from endpoints.stack_file import SecretReference, Settings, SmokeRequestSettings, UserCluster
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class Expectation:
    """What an answer must be: of one of the `statuses` (`204`, or `2xx`), and with `contains` in its body."""

    statuses: Sequence[str]
    contains: str | None = None

    def __str__(self) -> str:
        part = "" if self.contains is None else f" and a body with {self.contains!r}"
        return f"status {' or '.join(self.statuses)}{part}"

    def allows(self, status: int) -> bool:
        """Tell whether an answer may have a status."""
        return bool({str(status), f"{status // 100}xx"} & set(self.statuses))

    def is_met_by(self, status: int, body: bytes) -> bool:
        """Tell whether an answer is as expected."""
        return self.allows(status) and (
            self.contains is None or self.contains in body.decode(errors="replace")
        )


_KEY = "smokeRequest"

USER_AGENT = "smoke-request"
"""What access logs tell the request by, unless the stack file has a header for that."""


@dataclass(frozen=True)
class SmokeRequest:
    """One request; `path` begins with the endpoint's prefix. `secret_headers` have secret values.

    The router removes `stripped` from the path: the whole prefix, or nothing.
    `timeout_seconds` is how long one answer may take, `retry_seconds` how long wrong ones are tolerated.
    `via` is the way that it takes: by the `router` as everybody's requests, or by the API server to a `pod`.
    """

    path: str
    method: str
    headers: Mapping[str, str]
    expectation: Expectation
    timeout_seconds: float
    retry_seconds: float
    body: bytes | None = field(default=None, repr=False)
    secret_headers: Mapping[str, SecretStr] = field(default_factory=dict)
    via: Literal["router", "pod"] = "router"
    stripped: str = ""

    @property
    def path_at_pod(self) -> str:
        """The path as the server gets it."""
        path = self.path.removeprefix(self.stripped)
        return path if path.startswith("/") else f"/{path}"

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers to send."""
        secret = {name: value.get_secret_value() for name, value in self.secret_headers.items()}
        return {**self.headers, **secret}

    def url(self, base_url: str) -> str:
        """Return where it is sent, below `base_url`, such as `https://models.acme.example`."""
        return base_url.rstrip("/") + self.path


def plan_smoke_request(
    inputs: EndpointInputs, access: AccessPlan | None
) -> tuple[SmokeRequest | None, list[Problem]]:
    """Return the endpoint's smoke request, if it has one, and every problem with it.

    It carries a key of the endpoint's `access`, unless the stack file gives it one.
    """
    chosen = inputs.endpoint_settings.smoke_request
    if chosen is None:
        return None, []
    problems = [inputs.problem((_KEY, *path), text) for path, text in _unusable(chosen, inputs.settings)]
    body, content_type = _body(chosen)
    if chosen.file is not None:
        try:
            body = (inputs.root / chosen.file).read_bytes()
        except OSError as error:
            text = f"{chosen.file} cannot be read: {error.strerror}; give a file on this machine, relative to"
            problems.append(inputs.problem((_KEY, "file"), f"{text} the directory of Pulumi.yaml"))
    given = {name.lower() for name in chosen.headers}
    secret_headers = {name: value for name, _, value in _secret_headers(chosen, inputs.settings)}
    expectation = Expectation(tuple(map(str, _listed(chosen.status))), chosen.contains)
    if access is not None and not given & CARRIERS:
        if access.any_key is not None:
            secret_headers[KEY_HEADER] = access.any_key
        elif not expectation.allows(HTTPStatus.UNAUTHORIZED):
            text = (
                "is answered by 401, because it has no token: add a key for it to `keys` of access, as for "
                "kind apiKeys, or expect status: 401"
            )
            problems.append(inputs.problem((_KEY,), text))
    defaults = {"Content-Type": content_type, "User-Agent": USER_AGENT}
    headers = {name: value for name, value in defaults.items() if value and name.lower() not in given}
    headers |= {name: value for name, value in chosen.headers.items() if isinstance(value, str)}
    return (
        SmokeRequest(
            path=inputs.address.prefix + (chosen.path or ""),
            method=chosen.method or ("GET" if body is None else "POST"),
            headers=headers,
            secret_headers=secret_headers,
            body=body,
            expectation=expectation,
            timeout_seconds=chosen.timeout_seconds,
            retry_seconds=chosen.retry_seconds,
            via=chosen.via,
            stripped=inputs.address.prefix if inputs.strips_prefix else "",
        ),
        problems,
    )


def _body(chosen: SmokeRequestSettings) -> tuple[bytes | None, str | None]:
    """Return the body, as far as the stack file holds it, and its type."""
    if chosen.text is not None:
        return chosen.text.encode(), chosen.content_type or "text/plain; charset=utf-8"
    if chosen.json_body is not None:
        return chosen.json_body.encode(), chosen.content_type or "application/json"
    if chosen.file is not None:
        return None, chosen.content_type or "application/octet-stream"
    return None, chosen.content_type


def _listed(status: int | str | tuple[int | str, ...]) -> tuple[int | str, ...]:
    return status if isinstance(status, tuple) else (status,)


def _unusable(chosen: SmokeRequestSettings, settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Find what cannot be sent: the setting's path, and what is wrong."""
    cluster, routing = settings.cluster, settings.routing
    if chosen.via == "router" and isinstance(cluster, UserCluster) and routing and routing.host is None:
        text = "needs the host of the stack's routing to reach the router; add it, or set via: pod"
        yield (), text
    for name, given in chosen.headers.items():
        if isinstance(given, str) and not _can_be_sent(given):
            yield (
                ("headers", name),
                "contains a character that a header cannot have, such as a line break; correct it",
            )
    for name, secret, value in _secret_headers(chosen, settings):
        if not _can_be_sent(value.get_secret_value()):
            text = (
                f"the secret {secret} contains a character that a header cannot have, such as a line "
                "break; set it again"
            )
            yield ("headers", name), text


def _secret_headers(chosen: SmokeRequestSettings, settings: Settings) -> Iterator[tuple[str, str, SecretStr]]:
    """Return each secret header with its secret's name and value; `check_secrets` tells of missing ones."""
    for name, value in chosen.headers.items():
        if isinstance(value, SecretReference) and value.name in settings.secrets:
            yield name, value.name, settings.secrets[value.name]


def _can_be_sent(value: str) -> bool:
    """Tell whether a string can be a header's value: Latin-1 without control characters or outer blanks."""
    return value.isprintable() and value == value.strip() and all(ord(sign) < 256 for sign in value)
