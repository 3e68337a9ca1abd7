"""Asks the registry from this machine.

That tells little: nodes have other names, routes and certificates. But a registry that answers nobody is most
often a misspelt one, and images are pushed from here or from a builder nearby.
"""

import ssl
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 3

_DOCKER_HUB = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


def registry_failure(address: str) -> str | None:
    """Return why a registry at `host[:port]` does not answer, None if it does. Any HTTP status is an answer.

    As with Docker, one on this machine may speak HTTP.
    """
    host = _DOCKER_HUB.get(address, address)
    local = host.partition(":")[0] in ("localhost", "127.0.0.1")
    try:
        urllib.request.urlopen(
            f"{'http' if local else 'https'}://{host}/v2/", timeout=TIMEOUT_SECONDS
        ).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except urllib.error.URLError as failure:
        # Whom this machine trusts is no matter: builder and nodes have certificates of their own.
        return None if isinstance(failure.reason, ssl.SSLError) else str(failure.reason)
    except OSError as failure:
        return str(failure)
    return None
