import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from localcluster.network_policy.watch import ApiServer, watch

LISTED = {"metadata": {"resourceVersion": "41"}, "items": [{"metadata": {"name": "a"}}]}


class Answers:
    """An API server that gives a list and then some lines of a watch."""

    def __init__(self, *events: Any) -> None:
        self.events = events
        self.queries: list[Mapping[str, str]] = []

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        assert path == "/api/v1/pods"
        self.queries.append(query)
        if "watch" not in query:
            return iter([json.dumps(LISTED).encode()])
        return iter([json.dumps(event).encode() + b"\n" for event in self.events])


def follow(server: Answers) -> list[Any]:
    seen: list[Any] = []
    watch(
        cast(ApiServer, server),
        "/api/v1/pods",
        {"fieldSelector": "spec.nodeName=n"},
        lambda items: seen.append(items),
        lambda event, content: seen.append((event, content)),
    )
    return seen


def test_a_list_is_followed_from_its_own_version_with_the_same_selection() -> None:
    server = Answers({"type": "ADDED", "object": {"metadata": {"name": "b"}}})
    assert follow(server) == [LISTED["items"], ("ADDED", {"metadata": {"name": "b"}})]
    assert [query["fieldSelector"] for query in server.queries] == ["spec.nodeName=n"] * 2
    assert server.queries[1]["resourceVersion"] == "41"


def test_a_version_that_is_too_old_ends_the_watch_so_that_the_list_is_made_anew() -> None:
    gone = {"type": "ERROR", "object": {"code": 410}}
    server = Answers(gone, {"type": "ADDED", "object": {}})
    assert follow(server) == [LISTED["items"]]


def test_a_broken_line_is_told_to_the_caller() -> None:
    class Broken(Answers):
        def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
            if "watch" in query:
                raise http.client.IncompleteRead(b"")
            return super().lines(path, query)

    with pytest.raises(http.client.IncompleteRead):
        follow(Broken())
