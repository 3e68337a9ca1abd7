"""`schema`: prints the JSON schema of stack files."""

import argparse
import json

from endpoints.stack_file.schema import stack_schema


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Declare no arguments: there is one schema."""


def run(_: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(stack_schema(), indent=2, ensure_ascii=False))
    return 0
