"""`schema`: prints the JSON schema of stack files, or writes it to where editors find it."""

import argparse
import json

from endpoints.stack_schema import SCHEMA_FILE, stack_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--write", action="store_true", help=f"write {SCHEMA_FILE} instead of printing")


def run(options: argparse.Namespace) -> int:
    """Print or write the schema."""
    text = json.dumps(stack_schema(), indent=2, ensure_ascii=False)
    if options.write:
        SCHEMA_FILE.parent.mkdir(exist_ok=True)
        SCHEMA_FILE.write_text(f"{text}\n", encoding="utf-8")
    else:
        print(text)
    return 0
