"""`python -m endpoints`."""

import sys

from endpoints.cli.command_line import main

if __name__ == "__main__":
    sys.exit(main())
