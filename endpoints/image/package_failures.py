"""Says why packages could not be installed into an image, and what to do.

The two scripts of endpoints/serving that install packages end with a status for each reason, and their last
line names what failed. pulumi-docker-build passes on only the status, Docker Buildx the output as well.
"""

import re
from dataclasses import dataclass

_LAST_LINE = re.compile(
    r"could not install: (?P<requirement>.*?); for: (?:(?P<python>Python \S+)(?P<bare> without headers)? "
    r"on (?P<platform>\S+), )?(?P<system>.*?); \S+: (?P<reason>.*)"
)

_COMPILERS = {"apk": "build-base", "dnf": "gcc, gcc-c++, make", "apt": "build-essential"}
"""The packages that have a compiler, by package manager."""

_HEADERS = {"apk": "python3-dev", "dnf": "python3-devel", "apt": "python3-dev"}
"""The package that has the headers of the distribution's own Python, by package manager."""

_SUBSTITUTES = {
    "psycopg2": "psycopg2-binary, which has wheels",
    "pycrypto": "pycryptodome, which is maintained and has wheels",
    "sklearn": "scikit-learn, the name of the package",
    "mysqlclient": "pymysql, which needs no compiler",
}
"""What may stand in place of requirements that often fail."""

_LIBRARIES = (
    (r"pg_config|libpq", "libpq-dev", "libpq5"),
    (r"mysql", "default-libmysqlclient-dev", "libmariadb3"),
    (r"\bffi|libffi", "libffi-dev", ""),
    (r"openssl/|libssl|libcrypto", "libssl-dev", ""),
    (r"libxml|xml2|xslt", "libxml2-dev, libxslt1-dev", "libxml2, libxslt1.1"),
    (r"sndfile", "libsndfile1-dev", "libsndfile1"),
    (r"portaudio", "portaudio19-dev", "libportaudio2"),
    (r"cairo", "libcairo2-dev", "libcairo2"),
    (r"hdf5", "libhdf5-dev", ""),
    (r"gdal", "libgdal-dev", ""),
    (r"snappy", "libsnappy-dev", ""),
    (r"geos", "libgeos-dev", ""),
    (r"jpeg|jpeglib", "libjpeg-dev", ""),
    (r"zlib", "zlib1g-dev", ""),
    (r"-lblas|openblas|lapack", "libopenblas-dev", "libopenblas0"),
)
"""What a compiler misses, the Debian packages that it needs, and those that a server needs to run.

Packages whose names differ between releases of Debian are left out: a pod that lacks them says so.
"""

_TEXTS = {
    71: "the image {base} has none of the package managers apt-get, apk, dnf, microdnf and yum; remove "
    "systemPackages and buildPackages, or choose another image in valohai.yaml ({place})",
    72: "{system} does not have all of {requirement}, as systemPackages or buildPackages ask for; correct "
    "the name{reason}",
    73: "packages of {system} cannot be fetched; let the builder reach the servers that have them{reason}",
    74: "{requirement} of systemPackages or buildPackages cannot be installed{reason}",
    81: "the image {base} has no Python 3 to install requirements; choose an image with Python 3 and pip",
    82: "the Python of the image {base} has no pip; choose an image with pip",
    83: "the image {base} has a Python older than 3.6, which wsgi needs; choose another image",
    84: "pip does not trust the certificate of {index}; set certificateAuthority of the stack's builder",
    85: "{index} refuses pip's credentials{of_requirement}; correct index of the stack's builder, or its "
    "secret{reason}",
    86: "pip cannot reach {index} from the builder; correct index of the stack's builder",
    87: "{index} has no package for {requirement} for {python}; correct the requirement, choose another "
    "image in valohai.yaml ({place}), or set index of the stack's builder{reason}",
    88: "{requirement} is fetched by git, which the image {base} does not have; add buildPackages: [git] to "
    "the endpoint's settings",
    89: "git cannot fetch {requirement}; correct its address, or give a token of a private repository with "
    "buildSecrets, or set ssh of the stack's builder{reason}",
    90: "{requirement} must be compiled for {python}, and the image {base} has no compiler; {instead}add "
    "buildPackages: [{compiler}] to the endpoint's settings, or pin a version that has a wheel{reason}",
    91: "{requirement} must be compiled for {python}, and the image {base} lacks a library for it; "
    "{instead}add {library}, or pin a version that has a wheel{reason}",
    92: "the package for {requirement} does not have the hash that the requirements expect; if the change of "
    "the package is intended, set the new hash{reason}",
    100: "{requirement} has no hash, and pip wants one for each requirement as soon as one has it; add it, "
    "or remove the hashes of the others{reason}",
    93: "the builder has no space left; free some with `docker buildx prune`, or give the builder more",
    94: "requirements contradict each other; change one of their versions{reason}",
    95: "{requirement} needs another Python than that of {base}; choose another image in valohai.yaml "
    "({place}), or another version of the requirement{reason}",
    96: "{requirement} cannot be built with {python}, for which it is too old or too new; pin another "
    "version, or choose another image in valohai.yaml ({place}){reason}",
    97: "a requirement cannot be read; correct it{reason}",
    98: "pip was killed, usually since the builder has too little memory; give the builder more, or remove "
    "large requirements",
    99: "{requirement} cannot be built for {python}; {instead}pin a version that has a wheel, or choose "
    "another image in valohai.yaml ({place}){reason}",
}
"""Sentences by exit status."""

_NAMED_ABOVE = "; the builder output has a line with `could not install:`, which names it"


@dataclass(frozen=True)
class InstallationFacts:
    """What packages are installed from and into.

    `place` is where valohai.yaml names the image that it begins with, `base`. `index` is the URL of a package
    index, None for pip's own choice.
    """

    base: str
    place: str
    index: str | None


def explain_installation(error: str, facts: InstallationFacts) -> str | None:
    """Return why packages are not installed and what to do; None if that is not what failed.

    `error` is all that is known of the failure: at least BuildKit's error, best the output of the step.
    """
    ended = re.search(r"install-(?:python|system)-packages\.sh .*exit code: (\d+)\b", error)
    text = _TEXTS.get(int(ended[1])) if ended else None
    if text is None:
        return None
    said = re.search(_LAST_LINE, error)
    unknown = said is None or said["requirement"] == "unknown"
    requirement = "a requirement" if said is None or unknown else said["requirement"]
    sentence = text.format(
        base=facts.base,
        place=facts.place,
        index=facts.index or "the package index",
        requirement=requirement,
        of_requirement="" if unknown else f" for {requirement}",
        system=said["system"] if said else f"the distribution of {facts.base}",
        python="{python} on {platform} ({system})".format(**said.groupdict())
        if said
        else f"the Python of {facts.base}",
        reason=f" ({said['reason']})" if said else "",
        instead=_substitute(requirement),
        compiler=_compiler(said),
        library=_library(said),
    )
    is_vague = said is None and ("{requirement}" in text or "{reason}" in text)
    return sentence + _NAMED_ABOVE if is_vague else sentence


def _package_manager(said: re.Match[str]) -> str:
    if "Alpine" in said["system"]:
        return "apk"
    return "apt" if re.search(r"Debian|Ubuntu|Mint", said["system"]) else "dnf"


def _compiler(said: re.Match[str] | None) -> str:
    manager = "apt" if said is None else _package_manager(said)
    return _COMPILERS[manager] + (f", {_HEADERS[manager]}" if said and said["bare"] else "")


def _substitute(requirement: str) -> str:
    name = re.match(r"[\w.-]*", requirement)
    known = _SUBSTITUTES.get(name[0].lower().replace("_", "-")) if name else None
    return f"require {known}, or " if known else ""


def _library(said: re.Match[str] | None) -> str:
    """Return the settings that bring a library to the compiler and to the server."""
    if said is None:
        return "buildPackages with the compiler and the library to the endpoint's settings"
    if _package_manager(said) == "apt":
        for pattern, build, run in _LIBRARIES:
            if re.search(pattern, said["reason"]):
                needed = f"buildPackages: [{_compiler(said)}, {build}]"
                return f"{needed} and systemPackages: [{run}]" if run else needed
    if "Python.h" in said["reason"]:
        return f"buildPackages: [{_compiler(said)}]"
    return f"buildPackages: [{_compiler(said)}, ...] with the package of the library"
