"""Applies all rules to a stack, and says each piece of advice once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from endpoints.advice.address import advise_on_address
from endpoints.advice.application import advise_on_application
from endpoints.advice.dependencies import advise_on_pinned_gunicorn, advise_on_uninstalled_projects
from endpoints.advice.deployments import (
    advise_on_large_files,
    advise_on_memory,
    advise_on_model_files,
    advise_on_names,
    advise_on_ready_images,
    advise_on_sources,
)
from endpoints.advice.missing import (
    advise_on_commands_that_end,
    advise_on_missing_files,
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
    advise_on_commands_that_end,
    advise_on_single_requests,
    advise_on_prefix,
    advise_on_uninstalled_projects,
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

    Versions of one deployment often share a problem, and old versions cannot be changed: the advice is about
    the last version in the stack file and names the others.
    """
    for own in _by_deployment(subjects):
        yield from _told_once(own, _OF_ONE_ENDPOINT)
        yield from advise_on_memory(own)


def advise_on_project_files(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Return the advice on all endpoints that start or import what their project lacks."""
    for own in _by_deployment(subjects):
        yield from _told_once(own, (advise_on_missing_files, advise_on_application))


def _by_deployment(subjects: Sequence[Subject]) -> Iterable[Sequence[Subject]]:
    deployments: dict[int, list[Subject]] = {}
    for subject in subjects:
        deployments.setdefault(subject.deployment, []).append(subject)
    return deployments.values()


def _told_once(
    subjects: Sequence[Subject], rules: Sequence[Callable[[Subject], Iterator[Problem]]]
) -> Iterator[Problem]:
    found: dict[tuple[str, str], dict[str, Problem]] = {}
    for subject in subjects:
        for problem in (problem for rule in rules for problem in rule(subject)):
            found.setdefault((problem.key, problem.text), {})[subject.version] = problem
    for entries in found.values():
        *others, (_, problem) = entries.items()
        also = f" (also in {listing(version for version, _ in others)})" if others else ""
        yield replace(problem, text=problem.text + also)
