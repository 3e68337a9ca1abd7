"""Advice on a valohai.yaml in a sub-directory, whose code and requirements are there, too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.plan import StackPlan

Plan = Callable[[str], StackPlan]
Advice = Callable[..., list[str]]

STACK = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: embedded}
  endpoints:deployments:
    - project: chat
      name: production
      source: mono
      yaml: services/chat/valohai.yaml
      versions:
        - name: "20261101.0"
          endpoints: {serve: {%s}}
"""
WSGI = 'wsgi: "chat.main:app"'


@pytest.fixture
def advice(plan: Plan, root: Path) -> Advice:
    """Return the advice on a deployment's `yaml`, for a repository of these files."""

    def make(*paths: str, server: str = WSGI, settings: str = "", **texts: str) -> list[str]:
        files = dict.fromkeys(paths, "") | {name.replace("__", "."): text for name, text in texts.items()}
        manifest = f"- endpoint: {{name: serve, image: x, {server}}}\n"
        for path, text in {"services/chat/valohai.yaml": manifest, **files}.items():
            (root / "mono" / path).parent.mkdir(parents=True, exist_ok=True)
            (root / "mono" / path).write_text(text, encoding="utf-8")
        found = plan(STACK % settings).advice
        return [str(problem) for problem in found if problem.key == "endpoints:deployments[0].yaml"]

    return make


@pytest.mark.parametrize(
    "path",
    ["services/chat/chat/main.py", "services/chat/src/chat/main.py", "services/chat/chat/main/__init__.py"],
)
def test_a_module_beside_valohai_yaml_alone_is_told_with_where_it_is(advice: Advice, path: str) -> None:
    (message,) = advice(path)
    assert message == (
        "stacks/Pulumi.test.yaml:9: endpoints:deployments[0].yaml: code starts in the root of the source, as "
        "at Valohai, and not in services/chat: serve has no module chat.main there, only "
        f"{path}; set source to mono/services/chat and remove yaml, or write modules and paths relative to "
        "the root, and put requirements there"
    )


@pytest.mark.parametrize("server", ['wsgi: "chat.main:app"', "server-command: python -m chat"])
def test_requirements_beside_valohai_yaml_alone_are_told(advice: Advice, server: str) -> None:
    (message,) = advice("chat/main.py", "services/chat/requirements.txt", server=server)
    assert "not in services/chat: services/chat/requirements.txt is not installed; set source" in message


@pytest.mark.parametrize(
    ("command", "path", "lack"),
    [
        ("python main.py", "main.py", "has no file main.py there, only services/chat/main.py"),
        ("cd web && ./start", "web/start", "changes to web, only services/chat/web is there"),
        ("cd lib && sh run.sh", "lib/run.sh", "has no file lib/run.sh there, only services/chat/lib/run.sh"),
        ("gunicorn app:app", "app.py", "has no module app there, only services/chat/app.py"),
        ("cd lib && uvicorn a.b:c", "lib/a/b.py", "has no module a.b there, only services/chat/lib/a/b.py"),
    ],
)
def test_what_a_command_starts_beside_valohai_yaml_alone_is_told_where_cd_leads(
    advice: Advice, command: str, path: str, lack: str
) -> None:
    (message,) = advice(f"services/chat/{path}", "lib/x", server=f"server-command: {command}")
    assert f"and not in services/chat: serve {lack}; set source to mono/services/chat" in message


@pytest.mark.parametrize(
    "command",
    [
        "cd services/chat && python main.py",
        "cd services && cd chat && uvicorn main:app",
        "uvicorn --app-dir services/chat main:app",
        "gunicorn --chdir services/chat main:app",
        "PYTHONPATH=services/chat uvicorn main:app",
        "cd $CODE && uvicorn main:app",
    ],
)
def test_a_command_that_goes_where_the_code_is_is_passed_over(advice: Advice, command: str) -> None:
    assert advice("services/chat/main.py", server=f"server-command: {command}") == []


def test_what_a_command_lacks_is_told_once(advice: Advice, plan: Plan) -> None:
    advice("services/chat/main.py", server="server-command: python main.py")
    found = [str(problem) for problem in plan(STACK % "").advice]
    assert len([text for text in found if "main.py" in text]) == 1


def test_all_that_a_deployment_lacks_is_told_at_once(advice: Advice) -> None:
    (message,) = advice("services/chat/chat/main.py", "services/chat/requirements-deployment.txt")
    assert (
        "services/chat/chat/main.py; services/chat/requirements-deployment.txt is not installed; " in message
    )


@pytest.mark.parametrize("settings", ["environment: {PYTHONPATH: services/chat}", "image: acme/chat:1"])
def test_a_module_that_can_be_found_in_another_way_is_passed_over(advice: Advice, settings: str) -> None:
    assert advice("services/chat/chat/main.py", settings=settings) == []


@pytest.mark.parametrize("name", ["requirements__txt", "gunicorn__conf__py"])
def test_code_that_is_installed_or_started_elsewhere_is_passed_over(advice: Advice, name: str) -> None:
    text = {"requirements__txt": "-e ./services/chat\n", "gunicorn__conf__py": 'chdir = "services/chat"\n'}
    assert advice("services/chat/chat/main.py", **{name: text[name]}) == []


def test_what_starts_from_the_root_is_passed_over(advice: Advice) -> None:
    assert advice("chat/main.py", "requirements.txt", "services/chat/requirements.txt") == []


def test_a_command_that_installs_by_itself_is_passed_over(advice: Advice) -> None:
    command = '"cd services/chat && pip install -r requirements.txt && python main.py"'
    assert advice("services/chat/requirements.txt", server=f"server-command: {command}") == []
