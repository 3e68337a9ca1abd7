"""What a report says of changes that no recorded preview holds, and of what previews leave out."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from endpoints.errors import ProjectError
from endpoints.report import Report, as_html, as_markdown, read_quotas, read_report
from endpoints.report.markdown import mermaid
from endpoints.report.preview import STASH, Operation, Preview, read_preview

Altered = Callable[..., Preview]


def without_unchanged(found: dict[str, Any]) -> None:
    found["steps"] = [step for step in found["steps"] if step["op"] != "same" or "Stack" in step["urn"]]


def workloads(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in found["steps"] if "apps/v1:Deployment" in step["urn"]]


def test_nothing_changed_is_one_line(report: Callable[[str], Report]) -> None:
    assert as_markdown(report("nothing")) == "**`trial`**: nothing changes\n"


def test_a_preview_without_the_unchanged_resources_is_refused_with_the_command_that_shows_them(
    altered: Altered,
) -> None:
    with pytest.raises(ProjectError, match=r"does not contain unchanged resources.*--show-sames"):
        altered("more-replicas", without_unchanged)


@pytest.mark.parametrize("name", ["destroyed-namespace", "renamed-deployment"])
def test_a_destroyed_namespace_is_told_before_everything_else(
    report: Callable[[str], Report], name: str
) -> None:
    text = as_markdown(report(name))
    first, _, caution, title, sentence, *_ = text.splitlines()
    assert first.startswith("### ⛔ `trial`: 1 namespace destroyed, ")
    assert (caution, title) == ("> [!CAUTION]", "> # ⛔ DESTROYS A NAMESPACE")
    assert "`reports-shop-production`" in sentence
    page = as_html([report(name)])
    assert page.index("DESTROYS A NAMESPACE") < page.index("<table")


def test_the_same_preview_gives_the_same_report_in_whatever_order_its_steps_are(altered: Altered) -> None:
    reversed_steps = altered("renamed-deployment", lambda found: found["steps"].reverse())
    same = altered("renamed-deployment", lambda _: None)
    assert as_markdown(read_report(reversed_steps)) == as_markdown(read_report(same))


def test_a_replaced_workload_does_not_answer_meanwhile(altered: Altered) -> None:
    def replace(found: dict[str, Any]) -> None:
        step = workloads(found)[0]
        step["oldState"] = step["newState"]
        found["steps"].append({**step, "op": "delete-replaced"})
        step["op"] = "replace"

    text = as_markdown(read_report(altered("nothing", replace)))
    assert "> [!WARNING]" in text
    assert "does not answer meanwhile" in text


def test_a_changed_request_is_told_with_both_amounts(altered: Altered) -> None:
    def enlarge(found: dict[str, Any]) -> None:
        step = workloads(found)[0]
        step["oldState"] = json.loads(json.dumps(step["newState"]))
        step["op"] = "update"
        container = step["newState"]["inputs"]["spec"]["template"]["spec"]["containers"][0]
        container["resources"]["requests"]["cpu"] = "500m"

    text = as_markdown(read_report(altered("nothing", enlarge)))
    assert "CPU request 50m → 500m" in text
    assert "0.05 CPU, 64 MB → 0.5 CPU, 64 MB" in text
    assert "restarts 1-4 pods, one after another" in text


def test_values_of_variables_are_not_told(report: Callable[[str], Report]) -> None:
    text = as_markdown(report("environment"))
    assert "variable LOG_LEVEL added" in text
    assert "debug" not in text


def test_a_shared_alias_is_told_with_its_weights(altered: Altered) -> None:
    def share(found: dict[str, Any]) -> None:
        (step,) = (step for step in found["steps"] if step["urn"].endswith("/latest/score"))
        services = [
            workload["newState"]["inputs"]["metadata"]["name"]
            for workload in workloads(found)
            if "production" in workload["urn"]
        ]
        weighted = [{"name": name, "weight": weight} for name, weight in zip(services, (3, 1), strict=True)]
        step["newState"]["inputs"]["spec"] = {"rules": [{"backendRefs": weighted}]}

    text = as_markdown(read_report(altered("moved-alias", share)))
    assert "alias moved: 20261101.0 → 20261101.0 (" in text
    assert "(75 %)" in text
    assert "-.->|25 %|" in text


def test_an_alias_is_drawn_once_for_all_its_endpoints(report: Callable[[str], Report]) -> None:
    moved = report("moved-alias")
    (alias,) = moved.aliases
    stays = replace(alias, address=alias.address.replace("score", "other"), operation=Operation.SAME)
    picture = mermaid(replace(moved, aliases=(alias, stays)))
    assert picture.count('{{"latest"}}:::changed') == 1
    assert picture.count("-.->") == 1


def test_an_alias_that_gets_another_kind_of_route_is_neither_removed_nor_new(altered: Altered) -> None:
    def route_by_a_gateway(found: dict[str, Any]) -> None:
        (step,) = (step for step in found["steps"] if step["urn"].endswith("/latest/score"))
        (service,) = (
            workload["newState"]["inputs"]["metadata"]["name"]
            for workload in workloads(found)
            if "production/20261101.0" in workload["urn"]
        )
        route = json.loads(json.dumps(step).replace("networking.k8s.io/v1:Ingress", "HTTP:HTTPRoute"))
        route["op"] = "create"
        route["newState"]["inputs"]["spec"] = {"rules": [{"backendRefs": [{"name": service, "weight": 1}]}]}
        found["steps"].append(route)
        step.update(op="delete", oldState=step["newState"])
        del step["newState"]

    text = as_markdown(read_report(altered("nothing", route_by_a_gateway)))
    assert text.startswith("### `trial`: 1 alias with new routing\n")
    assert "🟡 alias gets new routing |" in text
    assert "Destroys" not in text


def test_a_quota_that_the_pods_can_exceed_is_marked(altered: Altered) -> None:
    listed = {
        "items": [
            {
                "metadata": {"namespace": "reports-shop-production"},
                "spec": {"hard": {"requests.cpu": "400m", "memory": "1Gi", "pods": "20"}},
            }
        ]
    }
    quotas = read_quotas(json.dumps(listed), "quotas.json")
    assert quotas[0].hard["requests.cpu"] == Decimal("0.4")
    text = as_markdown(read_report(altered("more-replicas", lambda _: None), quotas))
    line = (
        "* Quota of reports-shop-production: ⚠️ requests.cpu 0.15 (+0.05) always, 0.6 (+0.2) at most, of 0.4; "
    )
    assert line in text
    assert "pods 3 (+1) always, 12 (+4) at most, of 20" in text


def without_resources(found: dict[str, Any]) -> None:
    for step in found["steps"]:
        for moment in ("oldState", "newState"):
            if step.get(moment, {}).get("type") == "kubernetes:apps/v1:Deployment":
                (container,) = step[moment]["inputs"]["spec"]["template"]["spec"]["containers"]
                del container["resources"]


def test_what_a_pod_leaves_open_is_counted_as_the_managed_cluster_fills_it_in(altered: Altered) -> None:
    text = as_markdown(read_report(altered("managed-more-replicas", without_resources)))
    assert "requests.memory 536.9 MB (+268.4 MB) always, 805.3 MB (+268.4 MB) at most, of 1.07 GB;" in text
    assert "limits.cpu 2 (+1) always, 3 (+1) at most, of 4;" in text
    assert "an endpoint may have 3 pods, a container cpu 1 and memory 512Mi" in text


def test_quotas_that_were_asked_of_the_cluster_are_believed_rather_than_granted_ones(
    altered: Altered,
) -> None:
    quota = {"metadata": {"namespace": "shared-reports-cards-production"}, "spec": {"hard": {"pods": "2"}}}
    quotas = read_quotas(json.dumps({"items": [quota]}), "quotas.json")
    text = as_markdown(read_report(altered("managed-more-replicas", lambda _: None), quotas))
    assert text.count("* Quota of") == 1
    assert "production: ⚠️ pods 2 (+1) always, 3 (+1) at most, of 2\n" in text


def test_a_failed_preview_is_told_as_such(altered: Altered) -> None:
    def fail(found: dict[str, Any]) -> None:
        found["diagnostics"].append({"severity": "error", "message": "error: no <such> thing\n"})

    text = as_markdown(read_report(altered("nothing", fail)))
    assert text.splitlines()[2:] == [
        "> [!CAUTION]",
        "> **The preview failed.** Nothing can be deployed:",
        "> * no \\<such\\> thing",
    ]


@pytest.mark.parametrize(
    "prices", ['{"cpuHour": 0.04}', '{"cpuHour": "cheap"}', '["cheap"]', "[cheap", "cheap"]
)
def test_a_preview_that_failed_by_its_prices_is_told_without_costs(altered: Altered, prices: str) -> None:
    def spoil(found: dict[str, Any]) -> None:
        found["config"]["endpoints:prices"] = prices
        found["diagnostics"].append({"severity": "error", "message": "error: prices.currency: is missing\n"})

    report = read_report(altered("more-replicas", spoil))
    assert report.cost is None
    assert report.before != report.after
    assert "> * prices.currency: is missing" in as_markdown(report).splitlines()


def test_what_the_program_says_is_no_markup(altered: Altered) -> None:
    def advise(found: dict[str, Any]) -> None:
        found["diagnostics"].append({"severity": "warning", "message": "warning: <b>@all</b> *x*\n"})

    preview = altered("moved-alias", advise)
    assert "* ⚠️ \\<b\\>\\@all\\</b\\> \\*x\\*\n" in as_markdown(read_report(preview))
    assert "&lt;b&gt;@all&lt;/b&gt;" in as_html([read_report(preview)])


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 3}'])
def test_what_is_no_preview_is_refused_with_the_command_that_makes_one(text: str) -> None:
    with pytest.raises(ProjectError, match="pulumi preview --json --show-sames"):
        read_preview(text, "preview.json")


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"items": ["a"]}', '{"items": [{"metadata": {"namespace": "a"}, "spec": []}]}']
)
def test_what_is_no_list_of_quotas_is_refused_with_the_command_that_makes_one(text: str) -> None:
    with pytest.raises(ProjectError, match="kubectl get resourcequota"):
        read_quotas(text, "quotas.json")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {"request": {"method": "GET"}}, "settings: smoke request added |"),
        (
            {"request": {"method": "GET"}},
            {"request": {"method": "POST"}},
            "settings: smoke request changed |",
        ),
        ({"request": {"method": "GET"}}, None, "settings: smoke request removed |"),
    ],
)
def test_another_smoke_request_is_told(
    altered: Altered, before: dict[str, Any] | None, after: dict[str, Any] | None, expected: str
) -> None:
    text = as_markdown(read_report(altered("nothing", noting(before, after))))
    assert expected in text
    assert ("no restart; gets a smoke request" in text) is (after is not None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"request": {"settings": "1"}}, {"request": {"settings": "2"}}),
        ({"serves": {"image": "1"}, "request": {}}, {"serves": {"image": "2"}, "request": {}}),
        ("[secret]", "[secret]"),
    ],
)
def test_a_request_that_is_sent_again_for_another_reason_is_no_change_of_settings(
    altered: Altered, before: Any, after: Any
) -> None:
    def change(found: dict[str, Any]) -> None:
        noting(before, after)(found)
        step = workloads(found)[0]
        step["oldState"] = json.loads(json.dumps(step["newState"]))
        step["op"] = "update"
        container = step["newState"]["inputs"]["spec"]["template"]["spec"]["containers"][0]
        container["image"] = "registry.example/ml/other@sha256:1"

    text = as_markdown(read_report(altered("nothing", change)))
    assert "new image |" in text
    assert "one after another; gets a smoke request" in text


def noting(before: Any, after: Any) -> Callable[[dict[str, Any]], None]:
    """Add what is kept of an endpoint's smoke request to a preview."""

    def add(found: dict[str, Any]) -> None:
        workload = workloads(found)[0]
        urn = workload["urn"].replace("kubernetes:apps/v1:Deployment", STASH) + "/smoke-request"
        parent = workload["newState"]["parent"]
        old, new = (
            note and {"urn": urn, "type": STASH, "parent": parent, "inputs": {"input": note}}
            for note in (before, after)
        )
        operation = "delete" if new is None else "create" if old is None else "update"
        states = {key: state for key, state in (("oldState", old), ("newState", new)) if state}
        found["steps"].append({"op": operation, "urn": urn, **states})

    return add


def test_a_stack_that_moves_answers_all_the_time_and_leaves_nothing_behind(
    report: Callable[[str], Report], altered: Altered
) -> None:
    text = as_markdown(report("managed-moved"))
    assert "the stack moves from `https://10.77.1.1:6443` to `https://10.77.0.1:6443`" in text
    assert "`shared-reports-cards-production` of `https://10.77.1.1:6443` is destroyed" in text
    assert "briefly served by both clusters" in text
    assert "does not answer meanwhile" not in text
    assert "replaced;" not in text

    def to_itself(found: dict[str, Any]) -> None:
        text = json.dumps(found).replace("https://10.77.1.1:6443", "https://10.77.0.1:6443")
        found.update(json.loads(text))

    assert "moves" not in as_markdown(read_report(altered("managed-moved", to_itself))).partition("\n|")[0]
