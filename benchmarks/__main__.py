"""Prints tables of measured figures, with the machine they were measured on."""

import argparse
import os
import sys
from pathlib import Path

from benchmarks import deployments, machine, metrics, rollout, scale, serving, setup
from benchmarks.connection import connection_exists
from benchmarks.series import table

BENCHMARKS = {
    "deployments": "up, preview and destroy of examples/digits",
    "metrics": "CPU time of a request with and without metrics",
    "rollout": "from a change of the code to its first answer, by `pulumi up` and by hand",
    "scale": "many endpoints on simulated nodes, against kubectl and a plain Pulumi program",
    "serving": "the generated servers against gunicorn and Uvicorn by hand",
    "setup": "start and stop of the embedded cluster",
}


def main() -> None:
    chosen = _arguments()
    if not connection_exists():
        sys.exit(
            "The embedded cluster is not running, or its variables are not set in this shell: use "
            "`make benchmark`."
        )

    # As in the Makefile: were bytecode not kept, each run would compile the program and a plugin anew.
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    print(f"Machine: {machine.describe()}\n", flush=True)
    series, ratio = [], ""
    if "deployments" in chosen.benchmarks:
        series += deployments.measure(chosen.runs)
    if "rollout" in chosen.benchmarks:
        times, ratio = rollout.measure(chosen.runs)
        series += times
    if "setup" in chosen.benchmarks:
        series += setup.measure_warm(chosen.runs)
        series += setup.measure_cold() if chosen.cold else []
    if series:
        print(table(series), flush=True)
    if ratio:
        print(f"\n{ratio}", flush=True)
    if "serving" in chosen.benchmarks:
        print(f"\n{serving.measure(chosen.runs, chosen.cpus, chosen.connections, chosen.seconds)}")
    if "scale" in chosen.benchmarks:
        scales = [scale.measure(number) for number in chosen.endpoints]
        print("\n" + "\n\n".join(map(scale.table, scales)))
        if chosen.json is not None:
            chosen.json.write_text(scale.as_json(scales))
    if "metrics" in chosen.benchmarks:
        print(f"\n{metrics.measure(chosen.runs, chosen.seconds)}")


def _arguments() -> argparse.Namespace:
    listed = "\n".join(f"  {name:12} {what}" for name, what in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"{__doc__}\n\nbenchmarks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # Not by `choices`, with which no argument at all would be refused.
    parser.add_argument(
        "benchmarks", nargs="*", metavar="benchmark", help=("names of benchmarks (default: all but scale)")
    )
    parser.add_argument("--runs", type=int, default=3, help="number of measurements of each (default 3)")
    parser.add_argument("--cold", action="store_true", help="setup: with empty caches as well, once: minutes")
    parser.add_argument("--cpus", type=float, default=1, help="serving: CPU limit of each pod (default 1)")
    parser.add_argument("--connections", type=int, default=16, help="serving: clients at once (default 16)")
    parser.add_argument(
        "--seconds", type=float, default=10, help="serving, metrics: length of a run (default 10)"
    )
    parser.add_argument(
        "--endpoints", type=int, nargs="+", default=[10, 100], help="scale: endpoints (default 10 100)"
    )
    parser.add_argument("--json", type=Path, help="scale: write every figure to this file as well")
    chosen = parser.parse_args()
    if unknown := set(chosen.benchmarks) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    chosen.benchmarks = chosen.benchmarks or [name for name in BENCHMARKS if name != "scale"]
    return chosen


if __name__ == "__main__":
    main()
