"""The commands of `python -m endpoints`, one file each.

Each has `add_arguments(parser)` and `run(options)`, which returns the exit code: 0 when all is well, `FOUND`,
2 for a wrong command line (argparse's own) and 130 for Ctrl-C.
"""

FOUND = 1
"""Exit code if there is something that the user must fix."""
