"""Serves the application that the last argument names: the program of every `wsgi` endpoint.

The modules of the project come first: this file's directory, which Python puts in front, makes place for the
working directory. Nothing is imported before that is certain to be the program itself, because Python's
`multiprocessing` imports this file again in each process that it spawns.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    from valohai_serving.launcher import main  # type: ignore[import-not-found]

    sys.path[0] = str(Path.cwd())
    main(sys.argv[1:])
