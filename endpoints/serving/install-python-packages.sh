#!/bin/sh
# Installs what the arguments tell pip while an image is built: into ~/.local, or into the virtual environment that the
# image's Python belongs to. With `--unless MODULE` in front it does nothing when that place has the module already,
# from the project's requirements (or, in a virtual environment, from the image). With `--unless-found MODULE` it does
# nothing when Python finds the module anywhere, also where the image has it from.
#
# The exit status tells what went wrong, since pulumi-docker-build passes on nothing else. The last line of the output
# names the requirement. endpoints/image/build_failures.py says for each status what to do.
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

if [ "$1" = --unless ] || [ "$1" = --unless-found ]; then
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 6))'; then
        echo "The image has $("$python" --version 2>&1); wsgi needs 3.6 or newer. Choose another image." >&2
        exit 83
    fi
    place=
    [ "$1" = --unless-found ] || place=$packages/
    if "$python" -c "
import importlib.util, sys
found = importlib.util.find_spec('$2')
sys.exit(not (found and (found.origin or '').startswith('$place')))"; then
        where=${place%/}
        echo "${where:-Python} has $2: nothing to install."
        exit 0
    fi
    shift 2
fi

# Of a proxy that signs TLS anew, or of a private index. Never part of the image.
if [ -e /run/secrets/ca ]; then
    export PIP_CERT=/run/secrets/ca GIT_SSL_CAINFO=/run/secrets/ca
fi
# Of private repositories: variables that requirements may use, and git.
for file in /run/secrets/variables/*; do
    if [ -e "$file" ]; then
        export "$(basename "$file")=$(cat "$file")"
    fi
done
export GIT_TERMINAL_PROMPT=0
if [ -e /run/secrets/known_hosts ]; then
    export GIT_SSH_COMMAND="ssh -o UserKnownHostsFile=/run/secrets/known_hosts -o StrictHostKeyChecking=yes"
fi
# Where packages come from, with credentials. Never part of the image either.
if [ -e /run/secrets/pip ]; then
    export PIP_CONFIG_FILE=/run/secrets/pip
    unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL
fi
# Wheels that were compiled for one distribution may not run on another.
export PIP_CACHE_DIR="/valohai/pip-cache/$(. /etc/os-release 2> /dev/null && echo "${ID:-}-${VERSION_ID:-}")"
export PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_NO_INPUT=1
# Debian marks its Python as managed by apt alone; this image is the endpoint's own.
export PIP_BREAK_SYSTEM_PACKAGES=1
exec "$python" - install $user "$@" << 'END'
import os
import platform
import re
import subprocess
import sys
import sysconfig

COMPILER = r"\S*(?:gcc|g\+\+|cc|c\+\+|clang)\S*"
# The first reason with a sign in pip's output holds: causes stand before what follows from them.
REASONS = [
    (93, ["No space left on device", "Errno 28"]),
    (88, ["No such file or directory: 'git'", "Cannot find command 'git'", "git: not found"]),
    (
        89,
        [
            "could not read (?:Username|Password) for",
            r"Permission denied \(publickey",
            "Host key verification failed",
            "fatal: Authentication failed",
            "remote: (?:Invalid username|Repository not found|HTTP Basic: Access denied)",
            "The requested URL returned error: 40[134]",
            "No such file or directory: 'ssh'",
            "cannot run ssh",
        ],
    ),
    (92, ["DO NOT MATCH THE HASHES"]),
    (100, ["Hashes are required in --require-hashes"]),
    (
        91,
        [
            "pg_config executable not found",
            r"(?:mysql|gdal|xml2|xslt|krb5|curl|geos|nc|sdl2?)[-_]config\S* (?:not found|is required)",
            r"No such file or directory: '\w+[-_]config'",
            r"fatal error: \S+\.h(?:pp)?: No such file",
            r"cannot find -l\w+",
            r"No package '[\w.+-]+' found",
            "was not found in the pkg-config search path",
            r"Dependency lookup for \S+ .*failed",
            r"Dependency \S+ not found",
            "Can not find valid pkg-config name",
            r"required dependency .* was not found",
        ],
    ),
    (
        90,
        [
            "command '" + COMPILER + "' failed: No such file",
            "unable to execute '" + COMPILER + "': No such file",
            r"No such file or directory: '\S*(?:gcc|g\+\+|cc|c\+\+|clang|make|cmake|gfortran)'",
            r"(?:gcc|g\+\+|cc|make): (?:command )?not found",
            "no acceptable C compiler",
            r"Unknown compiler\(s\)",
            "No CMAKE_CX*_COMPILER could be found",
            "C[Mm]ake must be installed",
            "[Cc]an't find Rust compiler",
            "Cargo, the Rust package manager, is not",
        ],
    ),
    (
        96,
        [
            r"No module named '?(?:distutils|pkg_resources|imp)\b",
            "has no attribute '(?:ImpImporter|msvccompiler|SafeConfigParser)'",
            "Python version .* not supported",
        ],
    ),
    (95, ["requires a different Python"]),
    (97, ["Invalid requirement", "Could not open requirements file"]),
    (94, ["ResolutionImpossible", "conflicting dependencies"]),
    (99, ["Failed (?:building wheel|to build)", "metadata-generation-failed", "did not run successfully"]),
    (84, ["SSLError", "CERTIFICATE_VERIFY_FAILED"]),
    (85, ["40[13] Error", "HTTP error 40[13]", "40[13] Client Error"]),
    (86, ["NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "NameResolutionError", "ProxyError"]),
    (87, ["No matching distribution found", "Could not find a version"]),
]
BUILD_FAILED = 99
NOT_FOUND = 87
KILLED = 98


def spoken(requirement):
    """Tell the line of a requirements file, which pip appends, in fewer words."""
    return re.sub(r" \(from -[rc] (\S+) \(line (\d+)\)\)", r" (\1, line \2)", requirement.strip())


def failed(lines, found):
    """Return the requirement that pip failed at, as its file has it, or an empty string."""
    text = "\n".join(lines)
    named = re.findall(r"No matching distribution found for (.+)", text)
    named += re.findall(r"^ERROR: Package '([^']+)' requires a different", text, re.MULTILINE)
    if found == 92:
        named += re.findall(r"^ {4}(\S+)(?: from \S+| \(from .*\))?:?\n +Expected", text, re.MULTILINE)
    if found == 100:
        named += re.findall(r"^ {4}(\S+==\S+) --hash", text, re.MULTILINE)
    if named:
        return spoken(named[-1])
    collected = re.findall(r"^ *(?:Collecting|Obtaining|Processing) (.+)", text, re.MULTILINE)
    built = re.findall(r"(?:Failed building|Building) wheel for ([\w.-]+)", text)
    if built:
        name = built[-1]
        spelling = re.sub(r"[-_.]+", "[-_.]+", name) + r"\b"
        same = [one for one in collected if re.match(spelling, one, re.IGNORECASE)]
        return spoken(same[-1] if same else name)
    return spoken(collected[-1]) if collected else ""


def system():
    """Name the distribution, whose packages a build may lack."""
    try:
        with open("/etc/os-release") as file:
            return re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.MULTILINE).group(1)
    except (OSError, IOError, AttributeError):
        return platform.system()


def build_secrets(directory="/run/secrets/variables"):
    """Return the names of build secrets by their values, which a build must not print."""
    found = {}
    for name in os.listdir(directory) if os.path.isdir(directory) else ():
        with open(os.path.join(directory, name), "rb") as file:
            found[file.read().strip()] = name.encode()
    return {value: name for value, name in found.items() if value}


def run_pip(arguments, output=None):
    """Run pip, passing on its output as it comes, and return its exit status and the lines."""
    pip = subprocess.Popen(
        [sys.executable, "-m", "pip"] + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    lines = []
    secrets = build_secrets()
    for line in pip.stdout:
        for value, name in secrets.items():
            line = line.replace(value, b"[" + name + b"]")
        if output:
            output.write(line)
            output.flush()
        lines.append(line.decode("utf-8", "replace").rstrip())
    return pip.wait(), lines


def reason_of(lines):
    """Return the status of the reason that a failed pip tells, with the line that tells it."""
    for number, signs in REASONS:
        said = [line.strip() for line in lines if any(re.search(sign, line) for sign in signs)]
        if said and number == BUILD_FAILED:
            # What pip says of it names no reason; the build itself mostly does at its end.
            said = [line.strip() for line in lines if re.search(r"^ {6,}.*[Ee]rror: ", line)][-1:] or said
        if said:
            # The newest of the versions that an index has are most telling; of long remarks the first sentence is.
            short = re.sub(r"(?<=from versions: ).*?((?:, [^,)]+){6}\))", r"...\1", said[0])
            return number, short if len(short) < 300 else short.split(". ")[0]
    return None, "see above"


status, lines = run_pip(sys.argv[1:], getattr(sys.stdout, "buffer", sys.stdout))
if status == 0:
    sys.exit(0)
number, reason = reason_of(lines)
if status < 0:
    number, reason = KILLED, "pip was killed"
elif number == NOT_FOUND:
    # Why an index has nothing is a matter of -vv: that it refuses, for one.
    status, spoken_of = run_pip(sys.argv[1:] + ["-vv"])
    if status == 0:
        sys.exit(0)
    refused = reason_of([line for line in spoken_of if "Could not fetch URL" in line])
    if refused[0]:
        number, reason = refused
# Neither a requirement nor what is said of it may show a password.
reason, requirement = (
    re.sub(r"(://[^/\s@:]*):[^/\s@]*@", r"\1:****@", text) for text in (reason[:500], failed(lines, number))
)
version = "%d.%d" % sys.version_info[:2]
if not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")):
    version += " without headers"
print("could not install: %s; for: Python %s on %s, %s; pip: %s" % (
    requirement or "unknown", version, sysconfig.get_platform(), system(), reason))
sys.exit(number or status)
END
