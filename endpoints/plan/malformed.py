"""What becomes of endpoints of a valohai.yaml that could not be read."""

from collections.abc import Callable
from dataclasses import replace

from endpoints.errors import Problem
from endpoints.manifest import Manifest


def judge_malformed(
    manifest: Manifest, is_deployed: Callable[[str], bool]
) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong with endpoints that are deployed, and as advice what is wrong with the others.

    Valohai refuses the whole file for one endpoint. Here a stack file says which are wanted, and what another
    one lacks is no reason to keep those from their users.
    """
    problems: list[Problem] = []
    advice: list[Problem] = []
    for name, found in manifest.malformed.items():
        if is_deployed(name):
            problems += found
        else:
            advice += (replace(problem, text=f"{problem.text} (no error: not deployed)") for problem in found)
    return problems, advice
