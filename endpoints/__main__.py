"""`python -m endpoints`."""

import sys

from endpoints.commands.command_line import main

if __name__ == "__main__":
    sys.exit(main())
