"""The agent: follows the API's objects, and keeps the kernel's rules as they ask."""

import threading
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from localcluster.network_policy.addresses import Attachment, with_addresses
from localcluster.network_policy.collection import Collection
from localcluster.network_policy.objects import Pod, Policy, read_namespace, read_pod, read_policy
from localcluster.network_policy.rules import isolations
from localcluster.network_policy.ruleset import ruleset

PATIENCE_SECONDS = 10.0


class Agent:
    """Enforces the policies on the pods of one node.

    `apply` gives a whole ruleset to the kernel. `stand_ins` are processes outside the cluster that policies
    are to find as if they were pods.
    """

    def __init__(self, apply: Callable[[str], None], stand_ins: Sequence[Pod] = ()) -> None:
        self._apply = apply
        self._stand_ins = stand_ins
        self._condition = threading.Condition()
        # The number of changes so far, and how many of them the kernel's rules take into account.
        self._changed = self._enforced = 0
        self._attachments: dict[str, Attachment] = {}
        self.pods: Collection[Pod] = Collection(read_pod, self._note_change)
        self.namespaces: Collection[Mapping[str, str]] = Collection(read_namespace, self._note_change)
        self.policies: Collection[Policy] = Collection(read_policy, self._note_change)

    def run(self) -> None:
        """Enforce every change, for ever; raises what `apply` raises."""
        last = ""
        while True:
            with self._condition:
                self._condition.wait_for(self._has_work)
                changed = self._changed
                attachments = list(self._attachments.values())
            pods = with_addresses(self.pods.objects.values(), attachments)
            namespaces = {name: labels for (_, name), labels in self.namespaces.objects.items()}
            policies = list(self.policies.objects.values())
            text = ruleset(pods, isolations([*pods, *self._stand_ins], namespaces, policies))
            if text != last:
                self._apply(text)
                last = text
            with self._condition:
                self._enforced = changed
                self._condition.notify_all()

    def answer(self, request: Mapping[str, Any]) -> str | None:
        """Do what the network plugin or a health check asks; give a complaint, None when all is well."""
        match request["command"]:
            case "ADD":
                return self._attach(
                    request["container"],
                    Attachment(request["pod"], tuple(ip_address(text) for text in request["addresses"])),
                )
            case "DEL":
                with self._condition:
                    self._attachments.pop(request["container"], None)
                    self._note_change()
                return None
            case "READY":
                return None if self._enforced else "no rules are installed yet"
            case command:
                return f"unknown command {command!r}"

    def _attach(self, container: str, attachment: Attachment) -> str | None:
        with self._condition:
            self._attachments[container] = attachment
            self._note_change()
            if not self._condition.wait_for(lambda: self._knows(attachment.pod), PATIENCE_SECONDS):
                del self._attachments[container]
                return f"the API server does not know a pod of this node with the uid {attachment.pod!r}"
            wanted = self._changed
            if not self._condition.wait_for(lambda: self._enforced >= wanted, PATIENCE_SECONDS):
                return f"the pod's rules are not installed after {PATIENCE_SECONDS:.0f} s"
        return None

    def _knows(self, uid: str) -> bool:
        return any(pod.uid == uid for pod in self.pods.objects.values())

    def _has_work(self) -> bool:
        complete = all(one.is_complete for one in (self.pods, self.namespaces, self.policies))
        return complete and self._changed > self._enforced

    def _note_change(self) -> None:
        with self._condition:
            self._changed += 1
            self._condition.notify_all()
