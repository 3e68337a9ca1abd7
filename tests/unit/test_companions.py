"""What the documentation says of companions is what `make integrations` runs."""

from pathlib import Path

import pytest

from localcluster.programs.go import load_group, module_versions

ROOT = Path(__file__).parents[2]
RELEASES = {
    "KEDA": ("keda", "github.com/kedacore/keda/v2"),
    "cert-manager": ("cert-manager", "github.com/cert-manager/cert-manager"),
}


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("page", ["clusters.md", "stack-file.md"])
def test_pages_name_the_release_that_is_pinned(name: str, page: str) -> None:
    group, module = RELEASES[name]
    version = module_versions((ROOT / "tools" / group / "go.mod").read_text())[module].removeprefix("v")
    assert f"{name} {version}" in (ROOT / "docs" / page).read_text()


@pytest.mark.parametrize("page", ["clusters.md", "observability.md"])
def test_pages_name_the_release_of_prometheus_that_is_pinned(page: str) -> None:
    version = load_group(ROOT / "tools/prometheus").definitions[
        "github.com/prometheus/common/version.Version"
    ]
    assert f"Prometheus {version}" in (ROOT / "docs" / page).read_text()
