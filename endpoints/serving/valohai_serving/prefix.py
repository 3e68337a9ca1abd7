"""What a request's path and the router tell: the prefix, the client, the scheme."""

import functools
import ipaddress
import re
from typing import Optional

_NAME_OF_VERSION_OR_ALIAS = r"(?!\.\.?/)[A-Za-z0-9._-]+"

_ADDRESS = re.compile(r"([0-9.]+)(?::[0-9]+)?|\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9A-Fa-f:.]+)")
"""IPv4 or IPv6, some routers add the port."""


class Prefix:
    """The prefixes of one endpoint: its own, and the same with another version's or an alias's name.

    In `/<organization>/<project>/<deployment>/<version>/<endpoint>` any name is accepted as the version: the
    router alone decides which version an alias means, so moving an alias restarts nothing. A `default` of any
    other shape is accepted literally; an empty one accepts every path.
    """

    def __init__(self, default: str) -> None:
        shown = default.split("/")
        accepted = [re.escape(segment) for segment in shown]
        if len(shown) == 6:
            shown[4] = "<version or alias>"
            accepted[4] = _NAME_OF_VERSION_OR_ALIAS
        self._shown = "/".join(shown) or "/"
        self._pattern = re.compile(f"({'/'.join(accepted)})(?:/|\\Z)")

    def match(self, path: str) -> Optional[str]:
        """Return the prefix that `path` begins with, whole segments only, or None."""
        match = self._pattern.match(path)
        return match.group(1) if match else None

    def __str__(self) -> str:
        return self._shown


def client_address(forwarded_for: str, peer: str) -> str:
    """Return the address that the router got a request from, or `peer` where it does not tell.

    A router adds it to the end of X-Forwarded-For. What stands before it comes from routers further away, or
    from a client that made it up. An IPv4 address at a socket for both families is shown as one.
    """
    return _parsed(forwarded_for.rpartition(",")[2].strip()) or _parsed(peer) or peer


# The same few clients and routers in front of them come again and again.
@functools.lru_cache(maxsize=1024)
def _parsed(last: str) -> Optional[str]:
    match = _ADDRESS.fullmatch(last)
    try:
        address = ipaddress.ip_address(match[1] or match[2] or match[3]) if match else None
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address) if address else None


def scheme(forwarded_proto: str) -> str:
    """Return `https` if the router, which alone reaches the server, says so in X-Forwarded-Proto."""
    return "https" if forwarded_proto.strip().lower() == "https" else "http"
