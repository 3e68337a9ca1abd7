#!/bin/sh
# Installs what the arguments tell pip into ~/.local while an image is built. With `--unless MODULE` in front it
# does nothing when the project's requirements have brought that module already.
set -eu

if ! python=$(command -v python3 || command -v python); then
    echo "The image has no Python to install requirements for. Choose an image with Python and pip." >&2
    exit 1
fi
if ! "$python" -m pip --version > /dev/null; then
    echo "The Python of the image has no pip to install requirements with. Choose an image with pip." >&2
    exit 1
fi

if [ "$1" = --unless ]; then
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 6))'; then
        echo "The image has $("$python" --version 2>&1); wsgi needs 3.6 or newer. Choose another image." >&2
        exit 1
    fi
    if "$python" -c "
import importlib.util, site, sys
found = importlib.util.find_spec('$2')
sys.exit(not (found and found.origin.startswith(site.getusersitepackages())))"; then
        echo "The project's own requirements bring $2: nothing to install."
        exit 0
    fi
    shift 2
fi

# Of a proxy that signs TLS anew, or of a private index. Never part of the image.
if [ -e /run/secrets/ca ]; then
    export PIP_CERT=/run/secrets/ca
fi
export PIP_CACHE_DIR=/valohai/pip-cache
export PIP_DISABLE_PIP_VERSION_CHECK=1
# Debian marks its Python as managed by apt alone; this image is the endpoint's own.
export PIP_BREAK_SYSTEM_PACKAGES=1
exec "$python" -m pip install --user "$@"
