"""Rules that the kernel does not get end the agent: it must not look as if it enforced them."""

from pathlib import Path

import pytest

from localcluster.network_policy import __main__ as process


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("exec sleep 60", r"nft did not apply the rules within 0\.2 s\ntable"),
        ("echo syntax >&2; exit 1", "nft refuses the rules: syntax\n\ntable"),
    ],
)
def test_rules_that_nft_does_not_take_are_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, told: str
) -> None:
    (tmp_path / "nft").write_text(f"#!/bin/sh\n{program}\n")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(process, "NFT_LIMIT_SECONDS", 0.2)
    with pytest.raises(RuntimeError, match=told):
        process.give_to_kernel("table")
