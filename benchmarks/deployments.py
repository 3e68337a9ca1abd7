"""How long the engine takes: first deployment, nothing changed, one line of code changed, removal."""

import os
import tempfile
from pathlib import Path

from benchmarks.series import Series
from tests.cluster.deployments.projects import copy_digits, deployment
from tests.cluster.deployments.stack import Stack


def measure(runs: int) -> list[Series]:
    """Deploy examples/digits `runs` times under an organization of its own, and change it in between."""
    first = Series("`pulumi up`, nothing deployed (image layers cached from the second run on)")
    unchanged = Series("`pulumi preview`, nothing changed")
    no_op = Series("`pulumi up`, nothing changed")
    code = Series("`pulumi up`, one line of code changed (image and rollout)")
    removal = Series("`pulumi destroy`")
    with tempfile.TemporaryDirectory() as directory:
        project = copy_digits(Path(directory) / "digits")
        stack = Stack(Path(directory) / "program")
        model = {"files": {"model": {"path": str(project / "model.npz")}}}
        stack.configure(
            organization="benchmark",
            cluster={"kind": "embedded"},
            deployments=[deployment("digits", project, predict_digit=model)],
        )
        for run in range(runs):
            try:
                with first.measured():
                    stack.up()
                with unchanged.measured():
                    changes = stack.preview()
                if changes:
                    raise RuntimeError(f"the preview should show no change: {changes}")
                with no_op.measured():
                    stack.up()
                with (project / "predict.py").open("a") as code_file:
                    code_file.write(f"\n# run {run} of process {os.getpid()}\n")
                with code.measured():
                    stack.up()
            finally:
                with removal.measured():
                    stack.destroy()
    return [first, unchanged, no_op, code, removal]
