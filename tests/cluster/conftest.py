import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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


@pytest.fixture(scope="session")
def in_the_background() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Do what other tests need not wait for, as removing a stack: it waits for pods to end most of the time.

    What fails is raised when the last test is done.
    """
    with ThreadPoolExecutor() as threads:
        begun: list[Future[object]] = []
        yield lambda work: begun.append(threads.submit(work))
        for work in begun:
            work.result()
