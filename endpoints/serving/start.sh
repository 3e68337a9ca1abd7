#!/bin/sh
# Writes valohai-metadata.json into the working directory and becomes the command given as arguments. The file
# differs for every version, so that in the image it would have to be built anew for each.
if [ -n "${VALOHAI_METADATA:-}" ] && [ ! -e valohai-metadata.json ]; then
    printf '%s\n' "$VALOHAI_METADATA" > valohai-metadata.json && chmod 0444 valohai-metadata.json
fi
unset VALOHAI_METADATA
exec "$@"
