"""The input of every rule: one endpoint with its settings and its project's code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from endpoints.advice.code import Code
from endpoints.advice.shell import Command, parse
from endpoints.errors import Problem
from endpoints.image.exported_requirements import is_exported
from endpoints.manifest import Definition, Endpoint, ServerCommand
from endpoints.stack_file import EndpointLayers, EndpointSettings
from endpoints.yaml_document import KeyPath

_ROOT = PurePosixPath()


@dataclass(frozen=True)
class Subject:
    """One endpoint of one version of one deployment.

    `deployment` is the deployment's index in the stack file. `definition` is the endpoint's place in
    valohai.yaml. `settings` are the stack file's settings for the endpoint, merged from all `layers`. `code`
    holds the project's files, `commit` is their commit, and `uncommitted` are files that differ from every
    commit. `is_built` is false if a ready image runs, which may not contain the project's files. `folder` is
    the directory of valohai.yaml, relative to the root of the source, where code starts. `pointers` are files
    whose content Git LFS has not fetched.
    """

    deployment: int
    version: str
    endpoint: Endpoint
    definition: Definition
    settings: EndpointSettings
    layers: EndpointLayers
    code: Code
    commit: str | None
    uncommitted: tuple[str, ...] = ()
    is_built: bool = True
    folder: PurePosixPath = _ROOT
    pointers: tuple[str, ...] = ()

    def in_manifest(self, key: str, text: str) -> Problem:
        """Return advice on one of the endpoint's keys in valohai.yaml."""
        return self.definition.problem(key, text)

    def on_server(self, text: str) -> Problem:
        """Return advice on the key that names the server: `wsgi` or `server-command`."""
        is_command = isinstance(self.endpoint.server, ServerCommand)
        return self.in_manifest("server-command" if is_command else "wsgi", text)

    def in_stack_file(self, path: KeyPath, text: str) -> Problem:
        """Return advice on one of the endpoint's settings, at the layer that sets it."""
        return self.layers.problem(path, text)

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The commands of a `server-command` in order; empty for `wsgi` or if they cannot be read."""
        server = self.endpoint.server
        return (parse(server.commands) or ()) if isinstance(server, ServerCommand) else ()

    @property
    def last_command(self) -> Command | None:
        """The command that keeps running and so must be the server; None if it is not known."""
        return self.commands[-1] if self.commands else None

    @property
    def only_command(self) -> Command | None:
        """The last command if only `cd` runs before it, otherwise None: others may create files."""
        *before, last = self.commands or (None,)
        return last if all(command is not None and command.program == "cd" for command in before) else None

    @property
    def requirements(self) -> str | None:
        """The file of the project whose Python packages are installed, or None."""
        return self.settings.requirements or self.code.requirements()

    @property
    def may_install_itself(self) -> bool:
        """Whether the project itself, under any name, may be among what a package manager's file has."""
        return self.requirements is not None and is_exported(self.requirements)

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables of the server's environment whose values are known."""
        given = {name: value for name, value in self.settings.environment.items() if isinstance(value, str)}
        return {**given, "PORT": str(self.endpoint.port)}

    def mentions(self, pattern: str, files: frozenset[str] | None = None) -> bool:
        """Tell whether the command, a variable or the project's code matches `pattern`, ignoring case.

        Of the project's Python files only `files` count, if they are given.
        """
        expression = re.compile(pattern, re.IGNORECASE)
        variables = {**self.settings.environment}
        for command in self.commands:
            variables |= command.variables
        words = [command.text for command in self.commands]
        words += [f"{name}={value}" for name, value in variables.items()]
        return any(map(expression.search, words)) or self.code.mentions(expression, files)
