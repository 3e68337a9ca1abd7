"""No message shows a secret, and none stands where it can be read."""

from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.stack_file import load_settings
from tests.unit.stack_file.conftest import Load, mistakes


@pytest.mark.parametrize(
    "setting",
    [
        "registry: {repository: r.acme.example, username: a, password: 73577357}",
        "registry: {repository: r.acme.example, username: a, pasword: s73577357}",
        "registry: {repository: r.acme.example, username: a, password: [s73577357]}",
        "registry: s73577357",
        "environment: {TOKEN: 73577357}",
        "environment: {TOKEN: [s73577357]}",
        "secrets: {token: 73577357}",
        "secrets: {token: {a: s73577357}}",
        "secrets: [s73577357]",
        "secret: s73577357",
        "routing: https://user:s73577357@models.acme.example",
    ],
)
def test_no_message_shows_what_may_be_a_secret(load: Load, minimal: str, setting: str) -> None:
    message = mistakes(load, f"{minimal}  endpoints:{setting}\n")
    assert "73577357" not in message
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:")


def test_an_encrypted_value_is_refused_where_it_would_become_readable(tmp_path: Path, minimal: str) -> None:
    """Pulumi hands decrypted values to the program; only the stack file tells that they are secret."""
    stack_file = tmp_path / "Pulumi.test.yaml"
    secure = "{secure: AAABAH0YaZ}"
    text = minimal.replace("project: digits", f"project: {secure}")
    text += f"  endpoints:environment:\n    TOKEN: {secure}\n  endpoints:routing: {secure}\n"
    text += f"  endpoints:secrets:\n    token: {secure}\n"
    text += f"  endpoints:registry:\n    username: a\n    password: {secure}\n  other:token: {secure}\n"
    stack_file.write_text(text)

    with pytest.raises(ProjectError) as raised:
        load_settings({"environment": {"TOKEN": "s73577357"}}, stack_file)

    messages = str(raised.value).splitlines()
    assert [message.split(": ")[1] for message in messages] == [
        "endpoints:deployments[0].project",
        "endpoints:environment.TOKEN",
        "endpoints:routing",
    ]
    assert all("is encrypted, but would be readable in previews" in message for message in messages)
    assert "s73577357" not in str(raised.value)


def test_a_secret_that_the_stack_file_shows_is_refused_with_the_command_that_encrypts_it(
    load: Load, minimal: str
) -> None:
    text = f"{minimal}  endpoints:secrets:\n    key: {{secure: a}}\n    token: s73577357\n"
    assert mistakes(load, text) == (
        "stacks/Pulumi.test.yaml:13: endpoints:secrets.token: is stored in plain text; encrypt it: "
        "pulumi config set --secret --path 'endpoints:secrets.token'"
    )


def test_secrets_may_be_encrypted_one_by_one_or_as_a_whole(tmp_path: Path, minimal: str) -> None:
    stack_file = tmp_path / "Pulumi.test.yaml"
    values = {
        "organization": "acme",
        "cluster": {"kind": "embedded"},
        "deployments": [],
        "secrets": {"key": "s73577357"},
    }
    for written in ("{secure: AAABAH0YaZ}", "{key: {secure: AAABAH0YaZ}}"):
        stack_file.write_text(f"{minimal}  endpoints:secrets: {written}\n")
        settings = load_settings(values, stack_file)
        assert settings.secrets["key"].get_secret_value() == "s73577357"


@pytest.mark.parametrize(
    "source",
    ["https://robot:s73577357@git.acme.example/digits", "https://s73577357@git.acme.example/digits"],
)
def test_a_password_or_token_in_a_source_is_refused_and_not_shown(
    load: Load, minimal: str, source: str
) -> None:
    assert mistakes(load, minimal.replace("../digits", source)) == (
        "stacks/Pulumi.test.yaml:8: endpoints:deployments[0].source: holds a user name or password; "
        "leave it out and let git's credential helper answer"
    )


def test_a_source_may_name_the_user_of_ssh(load: Load, minimal: str) -> None:
    for source in ("ssh://git@git.acme.example/digits", "git@git.acme.example:digits"):
        assert load(minimal.replace("../digits", source)).deployments[0].source == source


def test_the_cause_of_an_error_is_not_kept_since_it_quotes_secrets(load: Load, minimal: str) -> None:
    with pytest.raises(ProjectError) as raised:
        load(f"{minimal}  endpoints:secrets: {{token: 73577357}}\n")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
