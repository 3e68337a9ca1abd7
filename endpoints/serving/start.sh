#!/bin/sh
# Writes valohai-metadata.json into the working directory and becomes the command given as arguments. The file
# differs for every version, so that in the image it would have to be built anew for each. With `--python` in
# front, the command is a program for the Python that packages were installed for.
if [ -n "${VALOHAI_METADATA:-}" ] && [ ! -e valohai-metadata.json ]; then
    printf '%s\n' "$VALOHAI_METADATA" > valohai-metadata.json && chmod 0444 valohai-metadata.json
fi
unset VALOHAI_METADATA
if [ "$1" = --python ]; then
    shift
    python=$(command -v python3 || command -v python) || {
        echo "The image has no Python; wsgi needs one. Choose another image." >&2
        exit 4
    }
    exec "$python" "$@"
fi
exec "$@"
