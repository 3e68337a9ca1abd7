import json
import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def connection() -> dict[str, Any]:
    """How the embedded cluster is reached; `make test` starts it and exports the variable."""
    file = os.environ.get("LOCALCLUSTER_CONNECTION", "")
    if not Path(file).is_file():
        pytest.skip(
            'the embedded cluster does not run here: make up, then eval "$(python -m localcluster env)"'
        )
    found = json.loads(Path(file).read_text())
    assert isinstance(found, dict)
    return found
