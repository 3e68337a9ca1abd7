"""Serves the application that the last argument names: the program of every `wsgi` endpoint.

The modules of the project come first: this file's directory makes place for the working directory. Nothing is
imported before that is certain to be the program itself, because Python's `multiprocessing` imports this file
again in each process that it spawns.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    here, project = str(Path(__file__).resolve().parent), str(Path.cwd())
    sys.path.insert(0, here)
    from valohai_serving.launcher import main  # type: ignore[import-not-found]

    sys.path[:] = [project, *(path for path in sys.path if path not in (here, project))]
    main(sys.argv[1:])
