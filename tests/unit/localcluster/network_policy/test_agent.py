import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcluster.network_policy import agent as agent_module
from localcluster.network_policy.agent import Agent
from localcluster.network_policy.attachment import ask
from localcluster.network_policy.server import serve


class Kernel:
    """Takes rulesets, and can make the agent wait before it takes one."""

    def __init__(self) -> None:
        self.rulesets: list[str] = []
        self.may_apply = threading.Event()
        self.may_apply.set()

    def apply(self, text: str) -> None:
        self.may_apply.wait(10)
        self.rulesets.append(text)


def api_pod(uid: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"uid": uid, "namespace": "team", "name": uid, "labels": labels},
        "spec": {"containers": [{"name": "main"}]},
    }


ISOLATING = {"metadata": {"namespace": "team", "name": "all"}, "spec": {"podSelector": {}}}


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def agent(kernel: Kernel) -> Agent:
    """An agent at work, which has been told of one namespace, one policy and no pod."""
    agent = Agent(kernel.apply)
    threading.Thread(target=agent.run, daemon=True).start()
    agent.namespaces.replace([{"metadata": {"name": "team"}}])
    agent.policies.replace([ISOLATING])
    return agent


def attach(uid: str, address: str) -> dict[str, Any]:
    return {"command": "ADD", "container": f"of-{uid}", "pod": uid, "addresses": [address]}


def test_nothing_is_enforced_before_everything_is_known(agent: Agent, kernel: Kernel) -> None:
    assert agent.answer({"command": "READY"}) == "no rules are installed yet"
    assert kernel.rulesets == []


def test_a_pod_may_start_only_when_its_rules_are_in_the_kernel(agent: Agent, kernel: Kernel) -> None:
    agent.pods.replace([api_pod("web")])
    assert agent.answer(attach("web", "10.0.0.1")) is None
    assert "10.0.0.1 : goto ingress_" in kernel.rulesets[-1]
    assert agent.answer({"command": "READY"}) is None


def test_a_pod_that_the_agent_has_not_heard_of_is_waited_for(agent: Agent, kernel: Kernel) -> None:
    agent.pods.replace([])
    threading.Timer(0.05, lambda: agent.pods.change("ADDED", api_pod("late"))).start()
    assert agent.answer(attach("late", "10.0.0.1")) is None
    assert "10.0.0.1 : goto ingress_" in kernel.rulesets[-1]


def test_a_pod_that_nobody_knows_is_not_started(
    agent: Agent, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_module, "PATIENCE_SECONDS", 0.05)
    agent.pods.replace([])
    complaint = agent.answer(attach("ghost", "10.0.0.1"))
    assert complaint == "the API server does not know a pod of this node with the uid 'ghost'"
    assert all("10.0.0.1" not in text for text in kernel.rulesets)


def test_a_pod_is_not_started_while_the_kernel_does_not_take_its_rules(
    agent: Agent, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.pods.replace([api_pod("web")])
    kernel.may_apply.clear()
    monkeypatch.setattr(agent_module, "PATIENCE_SECONDS", 0.05)
    assert agent.answer(attach("web", "10.0.0.1")) == "the pod's rules are not installed after 0 s"
    kernel.may_apply.set()


def test_a_container_that_is_gone_gives_its_address_back(agent: Agent, kernel: Kernel) -> None:
    agent.pods.replace([api_pod("old"), api_pod("new")])
    assert agent.answer(attach("old", "10.0.0.1")) is None
    assert agent.answer({"command": "DEL", "container": "of-old"}) is None
    assert agent.answer(attach("new", "10.0.0.2")) is None
    assert "10.0.0.1" not in kernel.rulesets[-1]
    assert agent.answer({"command": "DEL", "container": "of-nobody"}) is None


def test_a_change_that_the_rules_do_not_depend_on_reaches_no_kernel(agent: Agent, kernel: Kernel) -> None:
    agent.pods.replace([api_pod("web")])
    assert agent.answer(attach("web", "10.0.0.1")) is None
    count = len(kernel.rulesets)
    agent.pods.change("MODIFIED", {**api_pod("web"), "status": {"phase": "Running"}})
    agent.namespaces.change("ADDED", {"metadata": {"name": "unrelated"}})
    assert agent.answer(attach("web", "10.0.0.1")) is None
    assert len(kernel.rulesets) == count


def test_a_policy_that_is_removed_and_a_list_that_is_made_anew_are_followed(
    agent: Agent, kernel: Kernel
) -> None:
    agent.pods.replace([api_pod("web"), api_pod("api")])
    assert agent.answer(attach("web", "10.0.0.1")) is None
    agent.policies.change("DELETED", ISOLATING)
    assert agent.answer(attach("api", "10.0.0.2")) is None
    assert "10.0.0.1 : return, 10.0.0.2 : return" in kernel.rulesets[-1]
    agent.policies.replace([ISOLATING])
    agent.pods.replace([api_pod("web")])
    assert agent.answer(attach("web", "10.0.0.1")) is None
    assert "10.0.0.1 : goto" in kernel.rulesets[-1]
    assert "10.0.0.2" not in kernel.rulesets[-1]


@pytest.fixture
def path(agent: Agent, tmp_path: Path) -> Iterator[Path]:
    """The agent's socket, in place of one that a killed agent has left."""
    path = tmp_path / "agent.sock"
    path.touch()
    server = serve(path, agent.answer)
    yield path
    server.shutdown()
    server.server_close()


def test_the_socket_passes_questions_and_complaints_on(agent: Agent, path: Path) -> None:
    assert ask(str(path), {"command": "READY"}) == "no rules are installed yet"
    agent.pods.replace([api_pod("web")])
    assert ask(str(path), attach("web", "10.0.0.1")) is None
    assert ask(str(path), {"command": "JUMP"}) == "unknown command 'JUMP'"
