#!/bin/sh
# Installs what the arguments tell pip while an image is built: into ~/.local, or into the virtual environment that the
# image's Python belongs to. With `--unless MODULE` in front it does nothing when that place has the module already,
# from the project's requirements (or, in a virtual environment, from the image).
#
# The exit status tells what went wrong, since a builder passes on nothing else: endpoints/build_failures.py.
set -eu

if ! python=$(command -v python3 || command -v python); then
    echo "The image has no Python to install requirements for. Choose an image with Python and pip." >&2
    exit 81
fi

# A virtual environment hides ~/.local, and pip refuses `--user` in one.
environment=$("$python" -c '
import sys
print(sys.prefix if sys.prefix != getattr(sys, "base_prefix", sys.prefix) else "")')
if [ -n "$environment" ]; then
    user=
    packages=$environment
    # uv makes them without pip.
    "$python" -m pip --version > /dev/null 2>&1 || "$python" -m ensurepip > /dev/null 2>&1 || :
else
    user=--user
    packages=$("$python" -c 'import site; print(site.getusersitepackages())')
fi
if ! "$python" -m pip --version > /dev/null; then
    echo "The Python of the image has no pip to install requirements with. Choose an image with pip." >&2
    exit 82
fi

if [ "$1" = --unless ]; then
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 6))'; then
        echo "The image has $("$python" --version 2>&1); wsgi needs 3.6 or newer. Choose another image." >&2
        exit 83
    fi
    if "$python" -c "
import importlib.util, sys
found = importlib.util.find_spec('$2')
sys.exit(not (found and found.origin.startswith('$packages/')))"; then
        echo "$packages has $2: nothing to install."
        exit 0
    fi
    shift 2
fi

# Of a proxy that signs TLS anew, or of a private index. Never part of the image.
if [ -e /run/secrets/ca ]; then
    export PIP_CERT=/run/secrets/ca
fi
# Where packages come from, with credentials. Never part of the image either.
if [ -e /run/secrets/pip ]; then
    export PIP_CONFIG_FILE=/run/secrets/pip
    unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL
fi
export PIP_CACHE_DIR=/valohai/pip-cache
export PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_NO_INPUT=1
# Debian marks its Python as managed by apt alone; this image is the endpoint's own.
export PIP_BREAK_SYSTEM_PACKAGES=1
exec "$python" - install $user "$@" << 'END'
import subprocess
import sys

REASONS = [
    (84, ("SSLError", "CERTIFICATE_VERIFY_FAILED")),
    (85, ("401 Error", "403 Error", "HTTP error 401", "HTTP error 403", "401 Client Error", "403 Client Error")),
    (86, ("NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "NameResolutionError", "ProxyError")),
    (87, ("No matching distribution found", "Could not find a version")),
]
pip = subprocess.Popen([sys.executable, "-m", "pip"] + sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
output = getattr(sys.stdout, "buffer", sys.stdout)
found = set()
for line in pip.stdout:
    output.write(line)
    output.flush()
    text = line.decode("utf-8", "replace")
    found.update(status for status, signs in REASONS if any(sign in text for sign in signs))
status = pip.wait()
sys.exit(min(found) if status and found else status)
END
