#!/bin/sh
# Installs packages of the image's distribution, as root, while an image is built:
#
#     install-system-packages.sh PACKAGE...
#     install-system-packages.sh --while USER PACKAGE... -- COMMAND...
#
# The second form runs a command as the user with that number, and removes again what it has installed for it.
#
# The exit status tells what went wrong, since pulumi-docker-build passes on nothing else. The last line of the output
# names the packages. endpoints/image/package_failures.py says for each status what to do.
set -eu

user=
if [ "$1" = --while ]; then
    user=$2
    shift 2
fi
packages=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    packages="$packages $1"
    shift
done
[ $# -eq 0 ] || shift

for manager in apt-get apk dnf microdnf yum none; do
    ! command -v "$manager" > /dev/null || break
done

# Of a proxy that signs TLS anew. Never part of the image.
trust=
if [ -e /run/secrets/ca ]; then
    export SSL_CERT_FILE=/run/secrets/ca
    case $manager in
        apt-get) trust="-o Acquire::https::CAInfo=/run/secrets/ca" ;;
        dnf) trust="--setopt=sslcacert=/run/secrets/ca" ;;
    esac
fi

installed() {
    case $manager in
        apt-get) dpkg-query --show --showformat '${Package}:${Architecture}\n' ;;
        apk) : ;;
        *) rpm --query --all --queryformat '%{NAME}\n' ;;
    esac | sort
}

install() {
    case $manager in
        apt-get)
            export DEBIAN_FRONTEND=noninteractive
            apt-get $trust update && apt-get $trust install --yes --no-install-recommends $packages
            ;;
        apk) apk add --no-cache ${user:+--virtual .valohai-build} $packages ;;
        *) "$manager" $trust install -y $packages ;;
    esac
}

remove() {
    case $manager in
        apt-get) apt-get purge --yes "$@" ;;
        apk) apk del --no-network .valohai-build ;;
        *) "$manager" remove -y "$@" ;;
    esac
}

clean() {
    case $manager in
        apt-get) rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log ;;
        apk) : ;;
        *) "$manager" clean all > /dev/null ;;
    esac
}

fail() {
    name=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/\1/p' /etc/os-release 2> /dev/null || :)
    echo "could not install:$packages; for: ${name:-an unknown distribution}; $manager: $2"
    exit "$1"
}

[ "$manager" != none ] || fail 71 "none of apt-get, apk, dnf, microdnf and yum is there"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
installed > "$scratch/before"
{
    install 2>&1 || echo "$?" > "$scratch/status"
} | tee "$scratch/output"
if [ -e "$scratch/status" ]; then
    said() {
        grep -E -m 1 "$1" "$scratch/output"
    }
    if line=$(said 'No space left on device|Errno 28|enough free space'); then
        fail 93 "$line"
    elif line=$(said 'resolving|Could not (connect|resolve)|Failed to fetch|Failed to download|[Nn]etwork|Cannot download|temporary error|certificate'); then
        fail 73 "$line"
    elif line=$(said 'Unable to locate package|no installation candidate|was not found|no such package|unable to select|No match for argument|No package'); then
        fail 72 "$line"
    fi
    fail 74 "$(tail -n 1 "$scratch/output")"
fi
if [ -z "$user" ]; then
    clean
    exit 0
fi

installed > "$scratch/after"
added=$(comm -13 "$scratch/before" "$scratch/after")
status=0
if python=$(command -v python3 || command -v python); then
    "$python" -c '
import os, sys
user = int(sys.argv[1])
os.setgroups([])
os.setgid(user)
os.setuid(user)
os.execvp(sys.argv[2], sys.argv[2:])' "$user" "$@" || status=$?
else
    "$@" || status=$?
fi
[ "$status" -eq 0 ] || exit "$status"
if [ -n "$added" ] || [ "$manager" = apk ]; then
    remove $added
fi
clean
