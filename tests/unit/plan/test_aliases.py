from collections.abc import Callable
from dataclasses import replace

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
        "stacks/Pulumi.test.yaml:9: endpoints:deployments[0].aliases.latest: points to the "
        f"server-command of greet, which gets one prefix only: {GREET.prefix}; "
    )
    assert "serve it with wsgi" in advice.text


def test_without_aliases_there_is_nothing_to_advise(plan: Plan, stack: str) -> None:
    planned = plan(stack)
    assert planned.advice == ()
    assert planned.deployments[0].aliases == ()
