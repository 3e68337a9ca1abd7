"""Applies all rules to a stack, and says each piece of advice once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from endpoints.advice.address import advise_on_address
from endpoints.advice.application import advise_on_application
from endpoints.advice.dependencies import (
    advise_on_missing_git,
    advise_on_pinned_gunicorn,
    advise_on_uninstalled_projects,
)
from endpoints.advice.deployments import (
    advise_on_large_files,
    advise_on_memory,
    advise_on_model_files,
    advise_on_names,
    advise_on_ready_images,
    advise_on_sessions,
    advise_on_sources,
)
from endpoints.advice.missing import (
    advise_on_commands_that_end,
    advise_on_ignored_model_files,
    advise_on_missing_files,
    advise_on_shell_syntax,
    advise_on_single_requests,
    advise_on_working_directories,
)
from endpoints.advice.prefix import advise_on_prefix
from endpoints.advice.subject import Subject
from endpoints.advice.wsgi import advise_on_gunicorn_settings, advise_on_session_cookies
from endpoints.errors import Problem
from endpoints.stack_file import Settings
from endpoints.wording import listing

_OF_ONE_ENDPOINT = (
    advise_on_address,
    advise_on_shell_syntax,
    advise_on_commands_that_end,
    advise_on_single_requests,
    advise_on_prefix,
    advise_on_sessions,
    advise_on_uninstalled_projects,
    advise_on_missing_git,
    advise_on_pinned_gunicorn,
    advise_on_gunicorn_settings,
    advise_on_session_cookies,
    advise_on_model_files,
)


def advise(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Return all advice on a stack; `subjects` are the endpoints that are deployed."""
    yield from advise_on_endpoints(subjects)
    yield from advise_on_project_files(subjects)
    yield from advise_on_working_directories(settings, subjects)
    yield from advise_on_sources(settings, subjects)
    yield from advise_on_large_files(settings, subjects)
    yield from advise_on_ready_images(settings, subjects)
    yield from advise_on_names(settings)


def advise_on_endpoints(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Return the advice on all endpoints.

    Endpoints and versions of one deployment often share a problem, and old versions cannot be changed: the
    advice is about the last version in the stack file and names the others.
    """
    for own in _by_deployment(subjects):
        yield from _told_once(own, _OF_ONE_ENDPOINT)
        yield from advise_on_memory(own)


def advise_on_project_files(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Return the advice on all endpoints that start or import what their project lacks."""
    for own in _by_deployment(subjects):
        yield from _told_once(
            own, (advise_on_missing_files, advise_on_application, advise_on_ignored_model_files)
        )


def _by_deployment(subjects: Sequence[Subject]) -> Iterable[Sequence[Subject]]:
    deployments: dict[int, list[Subject]] = {}
    for subject in subjects:
        deployments.setdefault(subject.deployment, []).append(subject)
    return deployments.values()


def _told_once(
    subjects: Sequence[Subject], rules: Sequence[Callable[[Subject], Iterator[Problem]]]
) -> Iterator[Problem]:
    """Say each text once for a key, at the last endpoint and version that it concerns; name the others."""
    found: dict[tuple[str, str], list[tuple[Subject, Problem]]] = {}
    for subject in subjects:
        for problem in (problem for rule in rules for problem in rule(subject)):
            key = f".{problem.key}".replace(f".{subject.endpoint.name}.", ".")
            found.setdefault((key, problem.text), []).append((subject, problem))
    for entries in found.values():
        last, problem = entries[-1]
        endpoints = {subject.endpoint.name for subject, _ in entries} - {last.endpoint.name}
        versions = {subject.version for subject, _ in entries} - {last.version}
        also = [f"also of {listing(endpoints)}"] if endpoints else []
        also += [f"also in {listing(versions)}"] if versions else []
        yield replace(problem, text=f"{problem.text} ({', '.join(also)})" if also else problem.text)
