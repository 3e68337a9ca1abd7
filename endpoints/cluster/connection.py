"""Opens a connection to the API server, by the official client, which knows every way to log in."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import new_client_from_config_dict
from kubernetes.config.config_exception import ConfigException
from pydantic import SecretStr

from endpoints.cluster.kubeconfig import find_kubeconfig
from endpoints.cluster.login_program import CANNOT_RUN, LOGIN_SECONDS, with_time_limit
from endpoints.errors import ProjectError


def open_connection(
    kubeconfig: str | SecretStr | None, context: str, root: Path, environment: Mapping[str, str]
) -> ApiClient:
    """Return a client for the context, which neither tries again nor writes to a kubeconfig.

    `kubeconfig` is a path, relative to `root`, or a content; None is kubectl's own choice. Proxies,
    certificates and their server's name are those of the kubeconfig and of the environment.

    Raises ProjectError for a kubeconfig that cannot be read or used, and for a login program that fails.
    """
    found = find_kubeconfig(kubeconfig, root, environment)
    cluster, user = found.cluster(context), found.user(context)
    configuration = Configuration()
    configuration.retries = False
    log = _Log()
    logging.getLogger().addHandler(log)
    try:
        alone = {
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "user", "user": _with_limited_login(user)}],
            "contexts": [{"name": context, "context": {"cluster": "cluster", "user": "user"}}],
        }
        client: ApiClient = new_client_from_config_dict(  # type: ignore[no-untyped-call]
            alone, context=context, persist_config=False, client_configuration=configuration
        )
    except Exception as failure:
        # The client looks at no value's type before it uses it. What it says of one may quote the kubeconfig.
        reason = str(failure) if isinstance(failure, ConfigException | OSError) else type(failure).__name__
        raise ProjectError(f"the kubeconfig cannot be used: {reason}") from None
    finally:
        logging.getLogger().removeHandler(log)
    if "exec" in user and not configuration.api_key and not configuration.cert_file:
        program, hint = user["exec"]["command"], user["exec"].get("installHint")
        text = f"the kubeconfig's login program {program} gives no credentials: {log.reason}"
        raise ProjectError(f"{text}; {str(hint).strip()}" if hint and log.is_missing else text)
    return client


def _with_limited_login(user: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**user, "exec": with_time_limit(user["exec"], LOGIN_SECONDS)} if "exec" in user else user


class _Log(logging.Handler):
    """Keeps what this thread logs: the client raises nothing where a login program fails, it logs why."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._thread = threading.get_ident()
        self._texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        if record.thread == self._thread:
            self._texts.append(record.getMessage())

    @property
    def is_missing(self) -> bool:
        """Whether a login program cannot be run at all."""
        return any(CANNOT_RUN in text for text in self._texts)

    @property
    def reason(self) -> str:
        """Why a login program failed."""
        said = next(iter(self._texts), "")
        # On a terminal the program's own words are there already, and the client trips over their lack.
        return said.removeprefix("exec: ") if said.startswith("exec: ") else "run it to see its output"
