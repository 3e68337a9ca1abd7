#!/bin/sh
# Succeeds while a TCP server listens on port $1, without connecting to it: some servers take a connection that
# sends nothing for a request. Needs the shell alone. The kernel's tables hold addresses and ports in hexadecimal,
# and state 0A is LISTEN. ??????7F is an address 127.x.x.x, which in the table of IPv6 is a Java server's.
# $2 is the file in which the kubelet writes the pod's addresses beside its name, /etc/hosts unless it is given:
# https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
set -eu

port=$(printf '%04X' "$1")
hosts=${2:-/etc/hosts}

# Tells whether the pod has addresses of IPv6 and no other; not so where the files do not tell.
has_only_ipv6() {
    [ -r "$hosts" ] && [ -r /proc/sys/kernel/hostname ] && read -r name < /proc/sys/kernel/hostname || return 1
    only=1
    while read -r address first second _; do
        case "$address $first $second " in
            *:*" $name "*) only=0 ;;
            *" $name "*) return 1 ;;
        esac
    done < "$hosts"
    return "$only"
}

only_loopback=
only_ipv4=
for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    while read -r _ local_address _ state _; do
        case "$state $local_address" in
            "0A "??????7F:"$port" | "0A "0000000000000000FFFF0000??????7F:"$port") only_loopback=yes ;;
            "0A 00000000000000000000000001000000:$port") only_loopback=yes ;;
            "0A "????????:"$port") has_only_ipv6 || exit 0; only_ipv4=yes ;;
            "0A "*":$port") exit 0 ;;
        esac
    done < "$table"
done

if [ -n "$only_ipv4" ]; then
    echo "the server listens on port $1 for IPv4 only, and the pod has IPv6 addresses only: bind it to ::" >&2
elif [ -n "$only_loopback" ]; then
    echo "the server listens on port $1 of the loopback interface only: bind it to 0.0.0.0" >&2
else
    echo "no server listens on port $1" >&2
fi
exit 1
