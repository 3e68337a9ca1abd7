"""Reads the stack's configuration as Pulumi hands it to the program."""

import json
from collections.abc import Mapping

from pulumi.runtime.config import CONFIG


def stack_configuration(project: str) -> Mapping[str, object]:
    """Return every value in the project's namespace by its key without the namespace.

    ``pulumi.Config`` only answers for keys that it is asked for; all are needed here, so that a misspelt
    one is noticed. Pulumi hands over lists and mappings as JSON, and everything else as it stands in the
    file.
    """
    prefix = f"{project}:"
    return {
        key.removeprefix(prefix): json.loads(value) if value[:1] in ("{", "[") else value
        for key, value in CONFIG.get().items()
        if key.startswith(prefix)
    }
