"""`try`: sends one request to an endpoint and shows the answer."""

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from endpoints.cli import FOUND
from endpoints.cli.arguments import add_stack_arguments, chosen_stack
from endpoints.deployed.credential import TOKEN_VARIABLE, credential, read_token
from endpoints.deployed.outputs import Served
from endpoints.deployed.request import Request, send
from endpoints.errors import ProjectError
from endpoints.plan.access import CARRIERS
from endpoints.wording import listing, quote

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("endpoint", metavar="ENDPOINT", help="an address or the end of one: latest/greet")
    parser.add_argument(
        "path", nargs="?", default="", help="path below the endpoint's URL, with a query: 'list?n=3'"
    )
    add_stack_arguments(parser)
    parser.add_argument("--method", choices=_METHODS, help="default: POST with a body, GET without")
    parser.add_argument("--file", type=Path, help="send a file's content")
    parser.add_argument("--content-type", metavar="TYPE", help="content type of --file: image/png")
    parser.add_argument("--json", metavar="JSON", help="send JSON; @FILE reads it")
    parser.add_argument(
        "--form",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="send a form field; NAME=@FILE sends a file",
    )
    parser.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="send a header")
    caller = parser.add_mutually_exclusive_group()
    caller.add_argument(
        "--key",
        metavar="NAME",
        help="send the key of this name in `access` of the stack file (default: the first one, if any)",
    )
    caller.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help=f"send the token in a file, - for standard input (default: {TOKEN_VARIABLE}, for kind: oidc)",
    )
    parser.add_argument("--base", metavar="URL", help="scheme and host, if the routing has no host")
    parser.add_argument("--seconds", type=float, default=60, help="how long to wait (default: 60)")


def run(options: argparse.Namespace) -> int:
    """Print the body, and the status to the standard error; 400 and above is a failure."""
    stack, root, outputs = chosen_stack(options)
    served = outputs.find(options.endpoint)
    url = served.url
    if url is None:
        text = "has no URL yet, because no update of its stack has succeeded"
        raise ProjectError(
            f"{options.endpoint}: {text}; see: python -m endpoints status --stack {stack}, then pulumi up"
        )
    if not url.startswith("http"):
        if options.base is None:
            raise ProjectError(f"{url}: the routing has no host; say where the router is: --base http://HOST")
        url = f"{_base_url(options.base)}{url}"
    bearer = _bearer(options, stack, root, served)
    answer = send(
        Request(
            url,
            options.path,
            options.method,
            options.file,
            options.content_type,
            options.json,
            options.form,
            options.header,
            options.seconds,
            bearer,
        )
    )
    print(f"{answer.url}: {answer.status} {answer.reason}", file=sys.stderr)
    if answer.status == 404:
        print(_hint(served, options.path), file=sys.stderr)
    sys.stdout.buffer.write(answer.body)
    sys.stdout.buffer.flush()
    return FOUND if answer.status >= 400 else 0


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        # The port of an IPv6 address without brackets is no number.
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete:
        raise ProjectError(
            f"--base {text}: allowed: scheme, host and an optional port: https://models.acme.example or "
            "http://10.20.0.7:8080, with an IPv6 address in brackets: http://[2001:db8::7]:8080"
        )
    return text.rstrip("/")


def _bearer(options: argparse.Namespace, stack: str, root: Path, served: Served) -> str | None:
    """Return the key or token to send, None where a header has one or the endpoint takes none."""
    own = [text for text in options.header if text.partition(":")[0].strip().lower() in CARRIERS]
    if own:
        chosen = "--key" if options.key else "--token-file" if options.token_file else None
        if chosen is not None:
            name = own[0].partition(":")[0].strip()
            raise ProjectError(f"found {chosen} and --header {name}; allowed: one of them")
        return None
    if options.token_file is not None:
        return read_token(options.token_file)
    # The versions of an alias may differ; one key is sent.
    return credential(stack, root, served.targets[0], options.key, os.environ)


def _hint(served: Served, path: str) -> str:
    """Return what a 404 may mean: a server that does not know its prefix looks like one without the path."""
    missing = (
        f"does not serve {quote(path)}"
        if path
        else "does not serve the endpoint's own URL (give a path below it as the second argument)"
    )
    prefixes = {target.prefix for target in served.targets}
    told = (
        f"it does not use the prefix of all its paths, {listing(prefixes)}; the prefix is "
        "SCRIPT_NAME in its environment, and docs/prefixes.md shows how each server uses it"
    )
    alias = (
        ""
        if f"/{served.name}" in prefixes
        else "; with an Ingress, it does not know the alias either: docs/stack-file.md#aliases"
    )
    return f"hint: the server {missing}, or, with server-command, {told}{alias}"
