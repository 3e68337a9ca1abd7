"""`dashboard` prints what Grafana imports and what kubectl applies."""

import json
from collections.abc import Callable

import pytest

from endpoints.dashboard import grafana_dashboard
from tests.unit.cli.conftest import Ran

Run = Callable[..., Ran]


def test_the_dashboard_of_everything_is_printed(run: Run) -> None:
    ran = run("dashboard")
    assert (ran.code, json.loads(ran.output)) == (0, grafana_dashboard())


@pytest.mark.usefixtures("program")
def test_the_dashboard_of_a_stack_names_it(run: Run) -> None:
    printed = json.loads(run("dashboard", "stacks/Pulumi.test.yaml").output)
    assert printed == grafana_dashboard("Endpoints of acme, test", ["acme-shapes-production"])


def test_a_config_map_is_printed_for_its_namespace(run: Run) -> None:
    printed = json.loads(run("dashboard", "--config-map", "monitoring").output)
    assert (printed["kind"], printed["metadata"]["namespace"]) == ("ConfigMap", "monitoring")


@pytest.mark.usefixtures("program")
def test_a_file_that_does_not_exist_is_a_mistake(run: Run) -> None:
    ran = run("dashboard", "stacks/Pulumi.none.yaml")
    assert ran.code == 1
    assert "Pulumi.none.yaml" in ran.errors
