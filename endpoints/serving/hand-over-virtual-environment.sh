#!/bin/sh
# Gives the directories of the virtual environment that the image's Python belongs to, if to any, to the user with
# the number $1. That user installs into it, because pip refuses `--user` there. Runs as root while an image is built.
#
# Directories alone: it takes no more to add, replace and remove packages, and a file whose owner changes is copied
# into the new layer, which would double an environment of several gigabytes.
set -eu

python=$(command -v python3 || command -v python) || exit 0
exec "$python" - "$1" << 'END'
import os
import sys

owner = int(sys.argv[1])
if sys.prefix != getattr(sys, "base_prefix", sys.prefix):
    for directory, _, _ in os.walk(sys.prefix):
        os.chown(directory, owner, owner)
END
