#!/bin/sh
# Succeeds while a TCP server listens on port $1, without connecting to it: some servers take a connection that
# sends nothing for a request. Needs the shell alone. The kernel's tables hold addresses and ports in hexadecimal,
# and state 0A is LISTEN. ??????7F is an address 127.x.x.x, which in the table of IPv6 is a Java server's.
set -eu

port=$(printf '%04X' "$1")
only_loopback=
for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    while read -r _ local_address _ state _; do
        case "$state $local_address" in
            "0A "??????7F:"$port" | "0A "0000000000000000FFFF0000??????7F:"$port") only_loopback=yes ;;
            "0A 00000000000000000000000001000000:$port") only_loopback=yes ;;
            "0A "*":$port") exit 0 ;;
        esac
    done < "$table"
done

if [ -n "$only_loopback" ]; then
    echo "the server listens on port $1 of the loopback interface only: bind it to 0.0.0.0" >&2
else
    echo "no server listens on port $1" >&2
fi
exit 1
