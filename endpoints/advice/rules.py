"""Asks every rule about every endpoint, and tells each piece of advice once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from endpoints.advice.address import advise_on_address
from endpoints.advice.dash import advise_on_dash
from endpoints.advice.django_static import advise_on_django_static_files
from endpoints.advice.gradio import advise_on_gradio
from endpoints.advice.immutability import advise_on_model_files
from endpoints.advice.missing_file import advise_on_missing_files
from endpoints.advice.no_server import advise_on_commands_that_end, advise_on_single_requests
from endpoints.advice.not_installed import advise_on_uninstalled_projects
from endpoints.advice.pinned_gunicorn import advise_on_pinned_gunicorn
from endpoints.advice.prefix import advise_on_prefix
from endpoints.advice.resources import advise_on_memory
from endpoints.advice.static_files import advise_on_static_files
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.wording import listing

_OF_ONE_ENDPOINT = (
    advise_on_address,
    advise_on_commands_that_end,
    advise_on_single_requests,
    advise_on_prefix,
    advise_on_static_files,
    advise_on_dash,
    advise_on_django_static_files,
    advise_on_gradio,
    advise_on_uninstalled_projects,
    advise_on_pinned_gunicorn,
    advise_on_model_files,
)


def advise_on_endpoints(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Return the advice on all endpoints that are deployed.

    Versions of one deployment often share what there is to say, and what is past cannot be changed any more:
    it is said of the last version that the stack file lists, and the others are named.
    """
    for own in _by_deployment(subjects):
        yield from _told_once(own, _OF_ONE_ENDPOINT)
        yield from advise_on_memory(own)


def advise_on_project_files(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Return the advice on all endpoints whose project lacks a file that they start."""
    for own in _by_deployment(subjects):
        yield from _told_once(own, (advise_on_missing_files,))


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
        also = f" (the same in {listing(version for version, _ in others)})" if others else ""
        yield replace(problem, text=problem.text + also)
