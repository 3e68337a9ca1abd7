"""Run steps that depend on each other, as many at once as their order allows."""

import concurrent.futures
import graphlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """Something to do once the steps named in `after` are done."""

    name: str
    action: Callable[[], object]
    after: tuple[str, ...] = ()


def run_steps(steps: Sequence[Step]) -> None:
    """Run every step; when one fails, start no other, let those at work finish, and raise its error.

    Raises ValueError for a step that waits for an unknown one or, directly or not, for itself.
    """
    by_name = {step.name: step for step in steps}
    for step in steps:
        if unknown := set(step.after) - set(by_name):
            raise ValueError(
                f"step {step.name!r} waits for {sorted(unknown)}, but there is no step of that name"
            )
    order = graphlib.TopologicalSorter({step.name: step.after for step in steps})
    order.prepare()
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(steps) or 1) as pool:
        running: dict[concurrent.futures.Future[object], str] = {}
        failure: BaseException | None = None
        while order.is_active() and (failure is None or running):
            if failure is None:
                running.update({pool.submit(by_name[name].action): name for name in order.get_ready()})
            finished, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                name = running.pop(future)
                failure = failure or future.exception()
                order.done(name)
    if failure is not None:
        raise failure
