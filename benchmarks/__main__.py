"""Prints a table of measured times, with the machine they were measured on."""

import argparse
import sys

from benchmarks import deployments, machine, setup
from benchmarks.series import table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=3, help="how often each piece of work is measured (default 3)"
    )
    parser.add_argument("--cold", action="store_true", help="set up with empty caches as well, once: minutes")
    chosen = parser.parse_args()
    if not deployments.connection_exists():
        sys.exit(
            "The embedded cluster does not run here, or this shell does not know it: use `make benchmark`."
        )

    print(f"Machine: {machine.describe()}\n", flush=True)
    series = deployments.measure(chosen.runs) + setup.measure_warm(chosen.runs)
    if chosen.cold:
        series += setup.measure_cold()
    print(table(series))


if __name__ == "__main__":
    main()
