"""Reads what an endpoint runs: name, image, port, and its server."""

import keyword

from endpoints.kubernetes_syntax import DNS_LABEL, IMAGE
from endpoints.manifest.findings import Findings, Item
from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.wording import describe, quote

DEFAULT_PORT = 8000
"""Valohai's default, from the description of `port` in its schema."""


def read_name(item: Item, findings: Findings) -> str:
    """Return the name; beyond the schema it must be a DNS label, since it becomes a Service's name."""
    name: str = item["name"]
    if not DNS_LABEL.fullmatch(name):
        allowed = "at most 63 lower-case letters, digits and dashes, not ending in a dash"
        findings.add(("name",), f"found {quote(name)}; allowed: {allowed}; rename it")
    return name


def read_image(item: Item, findings: Findings) -> str:
    """Return the base image; it must be a reference that a registry can know."""
    image: str = item["image"]
    if not IMAGE.fullmatch(image):
        allowed = "[registry/]repository[:tag][@digest], the repository in lower case"
        findings.add(("image",), f"found {quote(image)}; allowed: {allowed}")
    return image


def read_port(item: Item, findings: Findings) -> int:
    """Return the port the server listens on."""
    port: object = item.get("port", DEFAULT_PORT)
    if not isinstance(port, int):
        findings.add(("port",), f"found {describe(port)}; allowed: a whole number from 1025 to 65535")
        return DEFAULT_PORT
    return port


def read_server(item: Item, findings: Findings) -> Wsgi | ServerCommand:
    """Return the application or the command that serves; the schema has made sure that it is exactly one."""
    if "wsgi" in item:
        return _read_wsgi(item["wsgi"], findings)
    return _read_command(item["server-command"], findings)


def _read_wsgi(text: str, findings: Findings) -> Wsgi:
    module, colon, name = text.partition(":")
    names = [module, name] if colon else [module]
    if not all(_is_dotted_name(part) for part in names):
        allowed = "module or module:callable, both dotted Python names such as package.app:application"
        findings.add(("wsgi",), f"found {quote(text)}; allowed: {allowed}")
    return Wsgi(module, name if colon else None)


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))


def _read_command(value: str | list[str], findings: Findings) -> ServerCommand:
    commands = (value,) if isinstance(value, str) else tuple(value)
    if not commands:
        findings.add(("server-command",), "found an empty list; write the command that starts an HTTP server")
    for index, command in enumerate(commands):
        path = ("server-command",) if isinstance(value, str) else ("server-command", index)
        if not command.strip():
            findings.add(path, "found an empty text; write the command that starts an HTTP server")
        if "\0" in command:
            findings.add(path, "found a NUL character, which no command can hold; remove it")
    return ServerCommand(commands)
