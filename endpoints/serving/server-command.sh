#!/bin/sh
# Runs an endpoint's `server-command`: every argument is a command line, the last one is the server. They run one
# after another in one shell, so that `cd` and `export` last; a failure ends the start.
#
# The shell stays, as process 1 of the container, and passes SIGTERM on to its whole process group. The kernel
# keeps the signal from a process 1 that does not handle it, and many servers do not: with `exec` in front they
# would not end until they are killed. In front of `a && b`, a pipe or `NAME=value command` it would be wrong.

trap 'exit 143' TERM
while [ $# -gt 1 ]; do
    eval "$1" || exit
    shift
done

# The inner shell lets its command end by itself, then stops. Without a trap it would die of the signal at once,
# and the server would be killed with the container before it has answered its last requests.
(
    trap exit TERM
    eval "$1"
) &
server=$!
trap 'trap "" TERM; kill -TERM 0' TERM

# `wait` returns when the signal arrives as well: the server has ended only when the inner shell is gone.
wait "$server"
status=$?
while kill -0 "$server" 2> /dev/null; do
    wait "$server"
    status=$?
done
exit "$status"
