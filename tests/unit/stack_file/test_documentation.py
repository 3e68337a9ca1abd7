"""docs/stack-file.md says what the models say."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from pydantic import BaseModel

from endpoints.stack_file import (
    Attestations,
    BuildCache,
    BuildkitBuilder,
    DeploymentSettings,
    DockerBuilder,
    EmbeddedCluster,
    EndpointSettings,
    ExternalMetric,
    FileSettings,
    GatewayReference,
    GatewayRouting,
    IngressRouting,
    Keda,
    KedaTrigger,
    ManagedCluster,
    MeasuredObject,
    MetricsSettings,
    NoBuilder,
    ObjectMetric,
    PackageIndex,
    PodsMetric,
    Prices,
    ProbeSettings,
    PullSecret,
    Registry,
    Replicas,
    Scaling,
    Settings,
    Shutdown,
    SmokeRequestSettings,
    Tls,
    UserCluster,
    VersionSettings,
)
from endpoints.stack_file.values import RESERVED_VARIABLES
from tests.unit.documentation import shown_default, tables

DOCUMENT = Path(__file__).parents[3] / "docs/stack-file.md"

SECTIONS: dict[str, type[BaseModel]] = {
    "The stack": Settings,
    "Cluster of your own": UserCluster,
    "Embedded cluster": EmbeddedCluster,
    "Managed cluster": ManagedCluster,
    "Registry": Registry,
    "Pull secret": PullSecret,
    "Ingress": IngressRouting,
    "TLS": Tls,
    "Gateway": GatewayRouting,
    "Which Gateway": GatewayReference,
    "Builder": BuildkitBuilder,
    "Package index": PackageIndex,
    "Build cache": BuildCache,
    "Attestations": Attestations,
    "Docker as the builder": DockerBuilder,
    "No builder": NoBuilder,
    "Prices": Prices,
    "Deployments": DeploymentSettings,
    "Versions": VersionSettings,
    "Endpoints": EndpointSettings,
    "Replicas": Replicas,
    "Scaling": Scaling,
    "Metrics of pods": PodsMetric,
    "Metrics of an object": ObjectMetric,
    "The object of a metric": MeasuredObject,
    "Metrics from outside": ExternalMetric,
    "KEDA": Keda,
    "Triggers of KEDA": KedaTrigger,
    "Files": FileSettings,
    "Probe": ProbeSettings,
    "Smoke request": SmokeRequestSettings,
    "Shutdown": Shutdown,
    "Metrics": MetricsSettings,
}


def documented() -> dict[str, dict[str, str]]:
    """Return the sections that have a table."""
    found = tables(DOCUMENT.read_text(encoding="utf-8"))
    return {title: keys for title, keys in found.items() if keys}


def test_every_part_of_the_settings_has_a_section_and_no_section_is_left_over() -> None:
    assert documented().keys() == SECTIONS.keys()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_exactly_the_keys_and_defaults_of_the_settings(section: str) -> None:
    fields = SECTIONS[section].model_fields
    expected = {field.alias or name: shown_default(field) for name, field in fields.items()}
    assert documented()[section] == expected


def test_the_reserved_variables_are_named() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in RESERVED_VARIABLES)


def test_the_example_is_a_valid_stack_file(load: Callable[[str], Settings]) -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    settings = load(example)
    assert settings.deployments[0].versions[0].commit == "1a2b3c4"


def test_the_example_of_two_triggers_is_valid() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (example,) = re.findall(r"^    scaling:\n(?:     .+\n)+", text, flags=re.MULTILINE)
    scaling = EndpointSettings.model_validate(yaml.safe_load(dedent(example))).scaling
    assert scaling.keda is not None
    assert [trigger.type for trigger in scaling.keda.triggers] == ["cron", "prometheus"]
