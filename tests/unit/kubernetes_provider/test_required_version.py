"""Which versions of Pulumi's command line are refused, and that all places say the same."""

import re
from pathlib import Path

import pytest
import yaml

from localcluster.engine_programs import MINIMUM_VERSION

ROOT = Path(__file__).parents[3]
LEAST = ".".join(map(str, MINIMUM_VERSION))


@pytest.mark.parametrize("project", ["Pulumi.yaml", "managed/Pulumi.yaml"])
def test_a_project_requires_the_version_that_the_tests_run_with(project: str) -> None:
    declared = yaml.safe_load((ROOT / project).read_text())

    assert declared["requiredPulumiVersion"] == f">={LEAST}.0"


@pytest.mark.parametrize("page", ["README.md", "docs/kubernetes-provider.md"])
def test_a_page_names_the_required_version(page: str) -> None:
    named = re.findall(
        r"(\d+\.\d+) or newer, with its language|Pulumi (\d+\.\d+) or newer", (ROOT / page).read_text()
    )

    assert {first or second for first, second in named} == {LEAST}
