import pytest

from localcluster.command_line.status import duration, pull_findings, route_findings


def pod(waiting: dict[str, str], kind: str = "containerStatuses") -> dict[str, object]:
    return {
        "metadata": {"namespace": "acme", "name": "greet-1"},
        "status": {kind: [{"image": "registry.example/greet:1", "state": {"waiting": waiting}}]},
    }


def test_a_pod_that_cannot_pull_is_told_with_its_image_and_the_reason() -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "not found"}
    (finding,) = pull_findings({"items": [pod(waiting)]})
    assert not finding.healthy
    for word in ("acme/greet-1", "registry.example/greet:1", "ImagePullBackOff", "not found"):
        assert word in finding.text


def test_an_init_container_that_cannot_pull_is_told_too() -> None:
    assert (
        len(list(pull_findings({"items": [pod({"reason": "ErrImagePull"}, "initContainerStatuses")]}))) == 1
    )


def test_a_pod_that_waits_for_something_else_is_no_pull_failure() -> None:
    assert list(pull_findings({"items": [pod({"reason": "ContainerCreating"})]})) == []


def test_an_api_server_that_does_not_answer_is_no_pull_failure() -> None:
    assert list(pull_findings(None)) == []


def test_a_route_that_the_router_refuses_is_told_with_the_reason() -> None:
    lists = {
        "routers": [
            {"name": "good", "status": "enabled"},
            {"name": "bad", "status": "disabled", "error": ["the service x does not exist"]},
        ],
        "services": None,
    }
    (finding,) = route_findings(lists)
    assert not finding.healthy
    assert "router bad: the service x does not exist" in finding.text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (61, "1m01s"), (3600, "1h00m"), (90000, "1d01h"), (59.9, "59s")]
)
def test_a_time_span_shows_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
