"""Finds where endpoints and aliases answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from endpoints.preview import Preview, Resource


def url_of(preview: Preview, address: str, resources: Sequence[Resource]) -> str:
    """Return the URL of an address, or its path alone where no host is known.

    The stack's outputs know those that exist. A new one has the host of its route; where routes name none, it
    answers where the others do.
    """
    known = dict(_known(preview))
    if address in known:
        return known[address]
    for resource in resources:
        spec = resource.inputs.get("spec", {})
        host = _host(spec)
        if host is not None:
            return f"{_scheme(preview, spec)}://{host}/{address}"
    base = next((url.removesuffix(other) for other, url in known.items() if url.endswith(other)), "/")
    return f"{base}{address}"


def _known(preview: Preview) -> Iterator[tuple[str, str]]:
    for output in ("endpoints", "aliases"):
        for address, summary in preview.outputs.get(output, {}).items():
            if isinstance(summary, dict) and isinstance(summary.get("url"), str):
                yield address, summary["url"]


def _scheme(preview: Preview, spec: Any) -> str:
    """Return `https` for an Ingress with a certificate, and what the settings say of a Gateway's listener."""
    routing = preview.settings.get("routing")
    stated = routing.get("scheme", "http") if isinstance(routing, dict) else "http"
    return "https" if "tls" in spec else str(stated)


def _host(spec: Any) -> str | None:
    """Return the first host of an Ingress or HTTPRoute."""
    if not isinstance(spec, dict):
        return None
    hosts = [*spec.get("hostnames", []), *(rule.get("host") for rule in spec.get("rules", []))]
    return next((str(host) for host in hosts if host), None)
