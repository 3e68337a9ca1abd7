"""Mistakes in deployments, their versions, and the aliases of these."""

from datetime import date

import pytest

from endpoints.errors import ProjectError
from endpoints.stack_file import load_settings
from tests.unit.stack_file.conftest import Load, mistakes


@pytest.mark.parametrize("commit", ["main", "v1.0", "1a2b3", "1A2B3C4D", "HEAD~1", "--upload-pack=x"])
def test_a_commit_is_a_hash_and_not_a_name_that_may_move(load: Load, minimal: str, commit: str) -> None:
    message = mistakes(load, f"{minimal}          commit: '{commit}'\n")
    assert "stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[0].commit: " in message
    assert "a version must not change" in message


def test_an_unquoted_commit_of_digits_is_to_be_quoted(load: Load, minimal: str) -> None:
    message = mistakes(load, f"{minimal}          commit: 1234567\n")
    assert "found the number 1234567; allowed: a string, in quotes" in message


def test_an_empty_choice_of_endpoints_is_refused(load: Load, minimal: str) -> None:
    message = mistakes(load, f"{minimal}          endpoints: {{}}\n")
    assert "endpoints:deployments[0].versions[0].endpoints: is empty" in message


def test_a_list_of_endpoints_is_told_how_names_are_written(load: Load, minimal: str) -> None:
    message = mistakes(load, f"{minimal}          endpoints: [greet]\n")
    assert message == (
        "stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[0].endpoints: found a list; "
        "allowed: a mapping: {NAME: ...}"
    )


def test_a_wrong_version_does_not_make_the_list_of_versions_look_empty(load: Load, minimal: str) -> None:
    assert "is empty" not in mistakes(load, minimal.replace('"20261101.0"', "1"))


def test_two_deployments_of_one_name_in_a_project_are_refused(load: Load, minimal: str) -> None:
    deployment = minimal[minimal.index("    - project") :]
    message = mistakes(load, minimal + deployment)
    assert message == (
        "stacks/Pulumi.test.yaml:12: endpoints:deployments[1].name: deployment production of project digits "
        "is listed twice; put all its versions into one"
    )


def test_two_versions_of_one_name_are_refused(load: Load, minimal: str) -> None:
    message = mistakes(load, f'{minimal}        - name: "20261101.0"\n')
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[1].name: ")
    assert "version 20261101.0 is listed twice" in message


def test_a_version_that_is_listed_twice_is_told_the_next_free_name_of_today() -> None:
    version = {"name": "20261101.0"}
    deployment = {"project": "a", "name": "b", "source": "c", "versions": [version, version]}
    values = {"organization": "acme", "cluster": {"kind": "embedded"}, "deployments": [deployment]}
    with pytest.raises(ProjectError) as raised:
        load_settings(values, None, today=date(2026, 11, 1))
    assert str(raised.value).endswith("remove one, or rename the new one: 20261101.1 is free")


@pytest.mark.parametrize(
    ("aliases", "key", "expected"),
    [
        (
            '{latest: "20261101.1"}',
            "aliases.latest",
            'found "20261101.1", which is not a version of this deployment; did you mean 20261101.0?',
        ),
        ('{live: "20261101.0", latest: live}', "aliases.latest", 'found "live", which is not a version'),
        ('{"20261101.0": "20261101.0"}', "aliases.20261101.0", "is also the name of a version; rename"),
        (
            "{latest: 20261101.0}",
            "aliases.latest",
            "found the number 20261101.0; allowed: a string, in quotes",
        ),
        ('{"a/b": "20261101.0"}', "aliases.a/b", "a segment of a URL"),
        ('{..: "20261101.0"}', "aliases...", "a segment of a URL"),
        ('{latest: ["20261101.0"]}', "aliases.latest", "found a list; allowed: a string, in quotes"),
        ("{latest: {}}", "aliases.latest", "has no weight above 0"),
        (
            '{latest: {"2.0261101e+07": 1}}',
            "aliases.latest",
            'without quotes YAML reads "20261101.0" as a number; add quotes',
        ),
        ("{latest: {20261101.0: 1}}", "aliases.latest.20261101.0", "allowed: a string, in quotes"),
        ('{latest: {"20261101.0": 0}}', "aliases.latest", "has no weight above 0"),
        ('{latest: {"20261101.0": 90, "2": 10}}', "aliases.latest", 'found "2", which is not a version'),
        ('{latest: {"20261101.0": -1}}', "aliases.latest.20261101.0", "allowed: 0 or more"),
        ('{latest: {"20261101.0": 0.5}}', "aliases.latest.20261101.0", "allowed: a whole number"),
        ('{latest: {"20261101.0": true}}', "aliases.latest.20261101.0", "allowed: a whole number"),
        ('{latest: {"20261101.0": 1000001}}', "aliases.latest.20261101.0", "allowed: 1000000 or less"),
    ],
)
def test_an_alias_must_lead_to_a_version_and_not_be_named_like_one(
    load: Load, minimal: str, aliases: str, key: str, expected: str
) -> None:
    text = minimal.replace("source: ../digits", f"aliases: {aliases}\n      source: ../digits")
    message = mistakes(load, text)

    assert f"stacks/Pulumi.test.yaml:8: endpoints:deployments[0].{key}: " in message
    assert expected in message
