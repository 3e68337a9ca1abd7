"""What the cluster says of pods becomes a key of valohai.yaml and something to do."""

import pytest

from endpoints.rollout.remedies import distinct, remedy
from endpoints.rollout.troubles import ENDED, UNREADY, Trouble

NAME = "acme/digits/production/1/greet"


@pytest.mark.parametrize(
    ("message", "key", "words"),
    [
        ("0/1 nodes are available: 1 Insufficient cpu.", "resources.cpu", "request less"),
        ("0/2 nodes are available: 2 Insufficient memory.", "resources.memory", "request less"),
        (
            "0/1 nodes are available: 1 Insufficient ephemeral-storage.",
            "resources.ephemeral-storage",
            "request less",
        ),
        ("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", "resources.devices", "request fewer"),
        ("0/1 nodes are available: 1 Too many pods.", "resources", "add a node"),
        (
            "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
            "node-selector",
            "add these labels",
        ),
        (
            "0/1 nodes are available: 1 node(s) had untolerated taint {team: a}.",
            "tolerations",
            "tolerate the taint",
        ),
        (
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
            "tolerations",
            "fix the nodes",
        ),
        ("0/1 nodes are available: 1 node(s) were unschedulable.", "node-selector", "kubectl uncordon"),
        (
            '0/1 nodes are available: persistentvolumeclaim "greetings" not found.',
            "shared-volumes",
            "create the PersistentVolumeClaim",
        ),
        (
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            "workspace-volume",
            "kubectl describe pvc",
        ),
        ("no nodes available to schedule pods", "resources", "kubectl get nodes"),
    ],
)
def test_what_the_scheduler_says_leads_to_the_key_that_it_is_about(
    message: str, key: str, words: str
) -> None:
    found = remedy(Trouble("greet-1", "Unschedulable", message), NAME)
    assert found.key == key
    assert words in found.text


@pytest.mark.parametrize(
    ("address", "is_told"), [("10.77.0.5", False), ("[fd00:77::5]", True), ("[2001:db8::a00:5]", True)]
)
@pytest.mark.parametrize("probe", ["", 'Get "http://{}:8000/health": '])
def test_a_server_that_refuses_ipv6_is_told_which_address_to_listen_on(
    address: str, is_told: bool, probe: str
) -> None:
    failed = f"{probe.format(address)}dial tcp {address}:8000: connect: connection refused"
    found = remedy(
        Trouble("greet-1", UNREADY, f"runs but is not ready: Startup probe failed: {failed}"), NAME
    )
    assert found.key == "port"
    assert found.text.startswith("check that the server listens on this port, on all interfaces")
    assert (":: instead of 0.0.0.0" in found.text) is is_told


def test_a_control_planes_taint_is_not_what_keeps_pods_that_other_nodes_have_no_room_for() -> None:
    message = (
        "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
        "2 Insufficient cpu."
    )
    assert remedy(Trouble("greet-1", "Unschedulable", message), NAME).key == "resources.cpu"


@pytest.mark.parametrize(
    ("reason", "message", "words"),
    [
        ("ErrImagePull", "localhost:5000/greet:1: not found", "push it, or correct its name"),
        ("ImagePullBackOff", "failed to authorize: 401 Unauthorized", "registry.pullSecret"),
        ("ErrImagePull", "x509: certificate signed by unknown authority", "trust the registry's certificate"),
        ("ErrImagePull", "dial tcp: lookup registry.acme: no such host", "check that the nodes can reach"),
        ("InvalidImageName", "couldn't parse image name", "correct its name"),
        ("ImagePullBackOff", 'Back-off pulling image "greet"', "docs/images.md"),
    ],
)
def test_what_the_kubelet_says_of_an_image_leads_to_what_mends_it(
    reason: str, message: str, words: str
) -> None:
    found = remedy(Trouble("greet-1", reason, message), NAME)
    assert found.key == "image"
    assert words in found.text


def test_a_refusal_has_the_remedy_that_a_preview_tells_beforehand() -> None:
    refused = Trouble(
        "", "FailedCreate", 'pods "greet-1" is forbidden: exceeded quota: team, requested: pods=1'
    )
    assert (
        remedy(refused, NAME).text
        == "lower requests or remove pods, or ask your cluster administrator to raise the quota"
    )


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble("greet-1", "CrashLoopBackOff", "back-off 40s"),
        Trouble("greet-1", ENDED, "ended with 1"),
        Trouble("greet-1", UNREADY, "runs but is not ready"),
    ],
)
def test_for_a_server_that_fails_there_is_its_log(trouble: Trouble) -> None:
    assert f"python -m endpoints logs {NAME}" in remedy(trouble, NAME).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
            "add `systemPackages` with [libgl1] (its name on Debian) to the endpoint in the stack file",
        ),
        (
            "OSError: libodd-2.0.so.3: cannot open shared object file: No such file or directory",
            "add `systemPackages` with the package that has libodd-2.0.so.3 to the endpoint",
        ),
    ],
)
def test_a_library_that_the_image_lacks_leads_to_the_setting_that_installs_it(said: str, words: str) -> None:
    found = remedy(Trouble("greet-1", ENDED, f"ended with 1: {said}"), NAME)
    assert found.key == "image"
    assert words in found.text
    assert "logs acme/digits" in found.text


def test_anything_else_is_looked_up_by_the_pods_name() -> None:
    found = remedy(Trouble("greet-1", "CreateContainerConfigError", 'secret "x" not found'), NAME)
    assert "kubectl describe pod greet-1" in found.text


def test_a_pod_that_ended_says_why_once() -> None:
    ended = Trouble("greet-1", ENDED, "ended with 1: ModuleNotFoundError: flask")
    waits = Trouble("greet-1", "CrashLoopBackOff", "back-off 40s")
    other = Trouble("greet-2", "CrashLoopBackOff", "back-off 40s")
    assert distinct([waits, ended, other]) == [ended, other]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("no PriorityClass with name high was found", "correct priorityClassName in the stack file"),
        ('pod rejected: RuntimeClass "nvidia" not found', "correct runtimeClassName in the stack file"),
    ],
)
def test_a_class_that_the_cluster_lacks_leads_to_its_setting(refusal: str, words: str) -> None:
    assert words in remedy(Trouble("", "FailedCreate", refusal), NAME).text


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (ENDED, "ended with 1: exec /bin/sh: exec format error"),
        ("RunContainerError", 'exec: "/usr/bin/env": exec format error'),
        ("ErrImagePull", "no match for platform in manifest: not found"),
    ],
)
def test_an_image_for_another_processor_leads_to_the_builders_platforms(reason: str, message: str) -> None:
    found = remedy(Trouble("greet-1", reason, message), NAME)
    assert found.key == "image"
    assert "set builder.platforms of the stack file" in found.text


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Trouble("greet-1", "ImagePullBackOff", "not found", container="proxy"), "set proxyImage"),
        (Trouble("greet-1", ENDED, "ended with 1: no", container="proxy"), "shows its log"),
        (Trouble("greet-1", ENDED, "ended with 137 (OOMKilled)", container="proxy"), "by `overrides`"),
        (Trouble("greet-1", ENDED, "ended with 1: no", container="vault"), "shows its log"),
    ],
)
def test_trouble_of_a_container_beside_the_server_is_not_the_servers(trouble: Trouble, words: str) -> None:
    found = remedy(trouble, NAME)
    assert found.key == ""
    assert words in found.text
    assert f"pod greet-1: container {trouble.container}: " in str(trouble)
