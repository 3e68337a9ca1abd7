import re

import pytest

from localcluster.kubernetes_provider.annotations import AUTONAMED
from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.naming import Autonaming, AutonamingMode, with_name, with_old_name
from localcluster.kubernetes_provider.objects import name_of
from localcluster.kubernetes_provider.values import UNKNOWN


def test_an_unnamed_object_is_called_after_the_program_with_eight_hex_digits() -> None:
    named = with_name({"metadata": {"labels": {"a": "b"}}}, "settings", Autonaming())
    assert re.fullmatch(r"settings-[0-9a-f]{8}", name_of(named))
    assert named["metadata"]["annotations"] == {AUTONAMED: "true"}
    assert named["metadata"]["labels"] == {"a": "b"}


def test_one_seed_gives_one_name_and_another_seed_another() -> None:
    names = [name_of(with_name({}, "a", Autonaming(seed))) for seed in (b"1", b"1", b"2")]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize("metadata", [{"name": "mine"}, {"name": UNKNOWN}, UNKNOWN])
def test_a_name_of_the_programs_own_is_kept_be_it_known_or_not(metadata: object) -> None:
    assert with_name({"metadata": metadata}, "a", Autonaming()) == {"metadata": metadata}


def test_a_generated_name_is_kept_over_updates() -> None:
    old = {"metadata": {"name": "settings-0123abcd", "annotations": {AUTONAMED: "true"}}}
    assert with_old_name({"metadata": {}}, old)["metadata"]["name"] == "settings-0123abcd"


def test_a_name_that_the_program_drops_is_not_kept() -> None:
    assert with_old_name({"metadata": {}}, {"metadata": {"name": "mine"}}) == {"metadata": {}}


def test_the_engines_proposal_is_the_name() -> None:
    proposed = Autonaming(mode=AutonamingMode.PROPOSED, proposed_name="team-settings")
    assert name_of(with_name({}, "settings", proposed)) == "team-settings"


def test_a_stack_without_generated_names_asks_for_one() -> None:
    with pytest.raises(UserError, match=r"metadata\.name is missing.*pulumi:autonaming"):
        with_name({}, "settings", Autonaming(mode=AutonamingMode.DISABLED))


def test_names_by_the_api_server_are_refused() -> None:
    with pytest.raises(UserError, match="generateName is not supported"):
        with_name({"metadata": {"generateName": "a-"}}, "a", Autonaming())
