import sys
from pathlib import Path

MANAGED = Path(__file__).parents[3] / "managed"


def test_no_module_hides_one_of_pythons_own() -> None:
    """Pulumi starts Python in this directory, so that `managed/token.py` would be everybody's `token`."""
    names = {path.stem for path in MANAGED.iterdir()}
    assert "plan" in names
    assert not names & set(sys.stdlib_module_names)
