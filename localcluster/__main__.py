"""`python -m localcluster`."""

import sys

from localcluster.command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
