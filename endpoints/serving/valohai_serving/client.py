"""Who a request comes from, which the router alone knows."""

import functools
import ipaddress
import re
from typing import Optional

_ADDRESS = re.compile(r"([0-9.]+)(?::[0-9]+)?|\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9A-Fa-f:.]+)")
"""IPv4 or IPv6, some routers add the port."""


def client_address(forwarded_for: str) -> Optional[str]:
    """Return the address that the router got a request from, or None where it does not tell.

    A router adds it to the end of X-Forwarded-For. What stands before it comes from routers further away, or
    from a client that made it up.
    """
    return _parsed(forwarded_for.rpartition(",")[2].strip())


# The same few clients and routers in front of them come again and again.
@functools.lru_cache(maxsize=1024)
def _parsed(last: str) -> Optional[str]:
    match = _ADDRESS.fullmatch(last)
    try:
        return str(ipaddress.ip_address(match[1] or match[2] or match[3])) if match else None
    except ValueError:
        return None
