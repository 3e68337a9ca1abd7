from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from endpoints.plan import StackPlan
from endpoints.plan.address import Address, Alias, Share

Plan = Callable[[str], StackPlan]

PREDICT = Address("acme", "shapes", "production", "20261101.0", "predict")
GREET = replace(PREDICT, endpoint="greet")


def with_aliases(stack: str, aliases: str) -> str:
    return stack.replace("source: project", f"source: project\n      aliases: {aliases}")


def test_an_alias_is_there_for_each_endpoint_of_its_version(plan: Plan, stack: str) -> None:
    (deployment,) = plan(with_aliases(stack, '{latest: "20261101.0", live: "20261101.0"}')).deployments
    assert deployment.aliases == (
        Alias("latest", (Share(PREDICT),)),
        Alias("latest", (Share(GREET, takes_any_version=False),)),
        Alias("live", (Share(PREDICT),)),
        Alias("live", (Share(GREET, takes_any_version=False),)),
    )


def test_an_alias_takes_the_versions_place_in_the_url() -> None:
    alias = Alias("latest", (Share(PREDICT),))
    assert alias.prefix == "/acme/shapes/production/latest/predict"
    assert alias.url("https://models.acme.example/") == f"https://models.acme.example{alias.prefix}"


def test_a_moved_alias_is_the_same_object_with_another_target() -> None:
    moved = replace(PREDICT, version="20261102.0")
    before, after = (Alias("latest", (Share(target),)) for target in (PREDICT, moved))

    assert before.object_name == after.object_name == "predict-alias-latest"
    assert before.labels["valohai.com/alias"] == "latest"
    assert after.labels["valohai.com/version"] == "20261102.0"


def test_an_alias_of_a_command_is_routed_with_advice_that_names_its_place(plan: Plan, stack: str) -> None:
    (advice,) = plan(with_aliases(stack, '{latest: "20261101.0"}')).advice

    assert str(advice).startswith(
        "stacks/Pulumi.test.yaml:9: endpoints:deployments[0].aliases.latest: "
        "leads to greet, whose server-command knows only the prefix of its version, and an Ingress passes on "
        "the alias's paths as they are: they get 404; use wsgi, "
    )


def test_aliases_of_the_same_commands_share_one_advice(plan: Plan, stack: str) -> None:
    aliases = '{latest: "20261101.0", live: "20261101.0"}'
    (advice,) = plan(with_aliases(stack, aliases)).advice
    assert advice.key == "endpoints:deployments[0].aliases.latest"
    assert advice.text.startswith("leads to greet (and so does live), whose server-command knows only")


@pytest.mark.parametrize(
    "code",
    [
        "app = FastAPI()\n@app.post('/{full_path:path}')\ndef predict(): ...\n",
        "app = Flask()\n@app.route('/<path:anything>')\ndef predict(): ...\n",
    ],
)
def test_an_alias_of_a_command_with_a_route_for_any_path_is_fine(
    plan: Plan, stack: str, root: Path, code: str
) -> None:
    manifest = root / "project/valohai.yaml"
    command = "uvicorn serve:app --host 0.0.0.0 --port $PORT"
    manifest.write_text(manifest.read_text().replace("python -m greet --port $PORT", command))
    (root / "project/serve.py").write_text(code)
    assert plan(with_aliases(stack, '{latest: "20261101.0"}')).advice == ()


def test_without_aliases_there_is_nothing_to_advise(plan: Plan, stack: str) -> None:
    planned = plan(stack)
    assert planned.advice == ()
    assert planned.deployments[0].aliases == ()
