"""The text of the Dockerfile that an endpoint's image is built by.

The order of its steps makes changes cheap: base image, packages, serving code, the project's code, model
files. Endpoints with the same base image and requirements share the layers up to there. It has no `# syntax`
line, which would fetch a frontend from Docker Hub, and nothing that needs more than BuildKit 0.10 (0.12 where
model files come from the web).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from endpoints.image.exported_requirements import ExportedRequirements
from endpoints.image.file_image import FILE_NAME
from endpoints.image.requirements import Requirements

REPOSITORY_DIRECTORY = "/valohai/repository"
"""Where the image holds the project's code and model files; the server's working directory."""

SERVING_DIRECTORY = "/valohai/serving"
"""Where the image holds the files of `endpoints/serving`."""

HOME_DIRECTORY = "/valohai/home"
"""Home of the user that the server runs as; packages are installed below it, and it is writable."""

USER_ID = 10001
"""User and group that own the repository and run the server; above the range of a system's own users."""

CERTIFICATE_AUTHORITY_SECRET = "ca"
"""Build secret that, when given, is the PEM bundle that pip trusts instead of its own."""

PACKAGE_INDEX_SECRET = "pip"
"""Build secret that, when given, is a pip.conf with the package index and its credentials."""

SERVING_CONTEXT = "serving"
"""Named build context: the directory `endpoints/serving`."""

REPOSITORY_CONTEXT = "repository"
"""Directory of a single build context with the project's code; otherwise that is the whole context."""

FILES_CONTEXT = "files"
"""Named build context: a directory that holds the endpoint's local model files at their paths."""

KNOWN_HOSTS_SECRET = "known_hosts"
"""Build secret that, when given, has the public keys of the hosts that git may reach by SSH."""

BUILD_SECRET = "variable-"
"""Begins the ids of build secrets that are variables for pip and git."""

VARIABLES_DIRECTORY = "/run/secrets/variables"
"""Where the scripts find those, each in a file of its name."""

STORED_FILE_CONTEXT = "stored-file"
"""Begins the names of build contexts, each an image that holds a model file from an object store."""

REQUIREMENTS_CONTEXT = "requirements"
"""Named build context: a directory with the files of `requirement_files`."""

REQUIREMENTS_DIRECTORY = "/valohai/requirements"
"""Where those files are while they are installed. They do not become part of the image."""

DOWNLOADS_STAGE = "downloads"
"""Stage that fetches model files from the web. The image's own history has no URL by that."""

_OWNER = f"{USER_ID}:{USER_ID}"
_PACKAGES, _REPOSITORIES, _LOCAL = "packages.txt", "repositories.txt", "local.txt"
_SYSTEM_PACKAGES_SCRIPT = "install-system-packages.sh"
_COMMON_SCRIPTS = ("start.sh", "listening.sh")
_TOKEN_PACKAGES = {"cryptography": "cryptography-requirements.txt", "jwt": "pyjwt-requirements.txt"}


@dataclass(frozen=True)
class Download:
    """A model file, `name` in valohai.yaml, that BuildKit fetches to `path` in the repository.

    Without `sha256` its content is not checked.
    """

    name: str
    path: str
    uri: str
    sha256: str | None


@dataclass(frozen=True)
class StoredFile:
    """A model file that comes from the build context `context`, an image, to `path` in the repository."""

    context: str
    path: str


@dataclass(frozen=True)
class Dockerfile:
    """What one image is made of.

    `base` is the image that valohai.yaml names. `wsgi` adds the `server`, gunicorn or granian, unless the
    requirements bring it; that takes a Python of 3.6 or newer with pip in the base image, and so do
    `requirements`. `files` tells whether there are local model files. Model files win over the repository's
    own at the same path. With `single_context` the three `..._CONTEXT` are directories of one context.
    `system_packages` of the base image's distribution stay in the image, `build_packages` are there only
    while requirements are installed. `build_secrets` are the names of variables that only this step gets.
    `ssh` lets it use the SSH agent of the machine that asks for the build. `tokens` adds to `wsgi` what
    verifies tokens of callers, unless Python finds it already.
    """

    base: str
    wsgi: bool
    requirements: Requirements | ExportedRequirements | None = None
    files: bool = False
    server: str = "gunicorn"
    single_context: bool = False
    downloads: tuple[Download, ...] = ()
    stored: tuple[StoredFile, ...] = ()
    system_packages: tuple[str, ...] = ()
    build_packages: tuple[str, ...] = ()
    build_secrets: tuple[str, ...] = ()
    ssh: bool = False
    tokens: bool = False


def render_dockerfile(dockerfile: Dockerfile) -> str:
    """Return the Dockerfile's text; the same input gives the same text."""
    return "\n".join(
        [
            *_directories(dockerfile),
            *_downloads(dockerfile.downloads),
            f"FROM {dockerfile.base}",
            "USER root",
            'SHELL ["/bin/sh", "-c"]',
            *_system_packages(dockerfile.system_packages),
            *_user(python=dockerfile.wsgi or dockerfile.requirements is not None),
            *_packages(dockerfile),
            *_serving(dockerfile.wsgi),
            f"COPY --chown={_OWNER} {_code(dockerfile)}. .",
            *_local_packages(dockerfile),
            *_files(dockerfile),
            # The base image's own would change how the server is started and told to end.
            "ENTRYPOINT []",
            "STOPSIGNAL SIGTERM",
            "",
        ]
    )


def _system_packages(packages: tuple[str, ...]) -> list[str]:
    """Install packages of the distribution, which a change of the requirements does not install again."""
    if not packages:
        return []
    return [
        f"RUN --mount=type=secret,id={CERTIFICATE_AUTHORITY_SECRET} \\",
        f"    {_bind(_SYSTEM_PACKAGES_SCRIPT)} \\",
        f"    sh {SERVING_DIRECTORY}/{_SYSTEM_PACKAGES_SCRIPT} {' '.join(packages)}",
    ]


def _user(python: bool) -> list[str]:
    """Make user, home and working directory. The user has a name because libraries ask for it.

    With `python` the user may install packages into a virtual environment of the base image as well.
    PYTHONNOUSERSITE, which some images set, would hide those in the user's home from Python.
    """
    script = "hand-over-virtual-environment.sh"
    variables = f"HOME={HOME_DIRECTORY} PATH={HOME_DIRECTORY}/.local/bin:$PATH PYTHONUNBUFFERED=1"
    return [
        "RUN \\",
        *([f"    {_bind(script)} \\"] if python else []),
        f"    mkdir -p {HOME_DIRECTORY}/.local/bin {REPOSITORY_DIRECTORY} \\",
        f"    && chown -R {_OWNER} {HOME_DIRECTORY} {REPOSITORY_DIRECTORY} \\",
        *([f"    && sh {SERVING_DIRECTORY}/{script} {USER_ID} \\"] if python else []),
        f"    && echo 'valohai:x:{_OWNER}::{HOME_DIRECTORY}:/bin/sh' >> /etc/passwd \\",
        f"    && echo 'valohai:x:{USER_ID}:' >> /etc/group",
        f"ENV {variables} PYTHONNOUSERSITE=",
        f"WORKDIR {REPOSITORY_DIRECTORY}",
        f"USER {_OWNER}",
    ]


def _packages(dockerfile: Dockerfile) -> list[str]:
    lines = []
    requirements = dockerfile.requirements
    if isinstance(requirements, ExportedRequirements):
        if requirements.packages:
            lines += _exported(dockerfile, _PACKAGES)
        if requirements.repositories:
            # Everything that they require is among the packages.
            lines += _exported(dockerfile, _REPOSITORIES, "--no-deps ")
    elif requirements is not None:
        copied = (".",) if requirements.local else requirements.files
        lines += [
            f"COPY --chown={_OWNER} {_paths(f'{_code(dockerfile)}{path}', f'{PurePosixPath(path).parent}/')}"
            for path in copied
        ]
        lines += _requirements(dockerfile, f"-r {requirements.path}")
    if dockerfile.wsgi:
        pins = f"{dockerfile.server}-requirements.txt"
        lines += _pip(f"--unless {dockerfile.server} -r {SERVING_DIRECTORY}/{pins}", [_bind(pins)])
    if dockerfile.wsgi and dockerfile.tokens:
        # One after the other: a project that brings one of the two keeps its version.
        for module, pins in _TOKEN_PACKAGES.items():
            lines += _pip(f"--unless-found {module} -r {SERVING_DIRECTORY}/{pins}", [_bind(pins)])
    return lines


def requirement_files(requirements: ExportedRequirements) -> dict[str, str]:
    """Return the texts of the requirements files in the build context of their own, by name."""
    files = {
        _PACKAGES: requirements.packages,
        _REPOSITORIES: requirements.repositories,
        _LOCAL: requirements.local,
    }
    return {name: text for name, text in files.items() if text}


def _exported(dockerfile: Dockerfile, name: str, options: str = "") -> list[str]:
    target = f"{REQUIREMENTS_DIRECTORY}/{name}"
    mount = f"--mount=type=bind,from={REQUIREMENTS_CONTEXT},source={name},target={target}"
    return _requirements(dockerfile, f"{options}-r {target}", mount)


def _local_packages(dockerfile: Dockerfile) -> list[str]:
    """Install what is part of the project, once its code is there."""
    requirements = dockerfile.requirements
    if not isinstance(requirements, ExportedRequirements) or not requirements.local:
        return []
    return _exported(dockerfile, _LOCAL, "--no-deps ")


def _requirements(dockerfile: Dockerfile, arguments: str, *mounts: str) -> list[str]:
    """Install requirements with the build packages and secrets, which do not become part of the image."""
    own = [
        *mounts,
        *(
            _secret(f"{BUILD_SECRET}{name}", f",target={VARIABLES_DIRECTORY}/{name}")
            for name in dockerfile.build_secrets
        ),
    ]
    if dockerfile.ssh:
        own += [f"--mount=type=ssh,uid={USER_ID},gid={USER_ID}", _secret(KNOWN_HOSTS_SECRET)]
    if not dockerfile.build_packages:
        return _pip(arguments, own)
    # Only root may install packages of the distribution; pip runs as the server's user nevertheless.
    around = f"{_SYSTEM_PACKAGES_SCRIPT} --while {USER_ID} {' '.join(dockerfile.build_packages)} --"
    return [
        "USER root",
        *_pip(arguments, [*own, _bind(_SYSTEM_PACKAGES_SCRIPT)], f"{SERVING_DIRECTORY}/{around} sh "),
        f"USER {_OWNER}",
    ]


def _pip(arguments: str, mounts: Sequence[str] = (), around: str = "") -> list[str]:
    """Run pip; its cache and the build secrets stay outside the image."""
    script = "install-python-packages.sh"
    return [
        f"RUN --mount=type=cache,id=valohai-pip,target=/valohai/pip-cache,uid={USER_ID},gid={USER_ID} \\",
        *(f"    {_secret(name)} \\" for name in (CERTIFICATE_AUTHORITY_SECRET, PACKAGE_INDEX_SECRET)),
        f"    {_bind(script)} \\",
        *(f"    {mount} \\" for mount in mounts),
        f"    sh {around}{SERVING_DIRECTORY}/{script} {arguments}",
    ]


def _secret(name: str, target: str = "") -> str:
    """Let a step read a build secret, if it is given, as a file of the server's user."""
    return f"--mount=type=secret,id={name}{target},uid={USER_ID},gid={USER_ID}"


def _bind(name: str) -> str:
    """Let a step see a file of the serving code, which does not become part of the image by that."""
    return f"--mount=type=bind,from={SERVING_CONTEXT},source={name},target={SERVING_DIRECTORY}/{name}"


def _serving(wsgi: bool) -> list[str]:
    names = [*_COMMON_SCRIPTS, "serve.py" if wsgi else "server-command.sh"]
    lines = [f"COPY --from={SERVING_CONTEXT} {_paths(*names, f'{SERVING_DIRECTORY}/')}"]
    if wsgi:
        modules = _paths("valohai_serving/*.py", f"{SERVING_DIRECTORY}/valohai_serving/")
        lines.append(f"COPY --from={SERVING_CONTEXT} {modules}")
    return lines


def _directories(dockerfile: Dockerfile) -> list[str]:
    """Let stages stand for named contexts, where there is one context that holds all as directories."""
    if not dockerfile.single_context:
        return []
    exported = isinstance(dockerfile.requirements, ExportedRequirements)
    names = [SERVING_CONTEXT] + [FILES_CONTEXT] * dockerfile.files + [REQUIREMENTS_CONTEXT] * exported
    return [line for name in names for line in (f"FROM scratch AS {name}", f"COPY {name}/ /")]


def _code(dockerfile: Dockerfile) -> str:
    return f"{REPOSITORY_CONTEXT}/" if dockerfile.single_context else ""


def _downloads(downloads: tuple[Download, ...]) -> list[str]:
    """Fetch model files in a stage of their own."""
    if not downloads:
        return []
    lines = [f"FROM scratch AS {DOWNLOADS_STAGE}"]
    for download in downloads:
        checksum = f"--checksum=sha256:{download.sha256} " if download.sha256 else ""
        lines.append(f"ADD --chmod=0644 {checksum}{_paths(download.uri, f'/{download.path}')}")
    return lines


def _files(dockerfile: Dockerfile) -> list[str]:
    """Copy model files as layers of their own (`--link`), which a change of the code does not rebuild."""
    copy = f"COPY --link --chown={_OWNER}"
    directories = [FILES_CONTEXT] * dockerfile.files + [DOWNLOADS_STAGE] * bool(dockerfile.downloads)
    return [
        *(f"{copy} --from={directory} . {REPOSITORY_DIRECTORY}/" for directory in directories),
        *(
            f"{copy} --from={file.context} {_paths(FILE_NAME, f'{REPOSITORY_DIRECTORY}/{file.path}')}"
            for file in dockerfile.stored
        ),
    ]


def _paths(*paths: str) -> str:
    """Write paths as a list in which blanks mean nothing, and a dollar does not begin a variable's name."""
    return json.dumps([path.replace("$", "\\$") for path in paths])
