from collections.abc import Callable

from pydantic import SecretStr

from endpoints.plan import EndpointPlan, StackPlan

Plan = Callable[[str], StackPlan]

SECRETS = "  endpoints:secrets: {key: {secure: s73577357}, token: {secure: $(PORT)}}\n"


def endpoints(plan: StackPlan) -> dict[str, EndpointPlan]:
    ((version,),) = [deployment.versions for deployment in plan.deployments]
    return {endpoint.address.endpoint: endpoint for endpoint in version.endpoints}


def test_a_variable_from_a_secret_is_apart_from_those_that_all_may_read(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {environment: {API_KEY: {secret: key}, MODE: fast}}")
    planned = endpoints(plan(text + SECRETS))

    assert planned["greet"].secret_environment == {"API_KEY": SecretStr("s73577357")}
    assert planned["greet"].environment["MODE"] == "fast"
    assert "API_KEY" not in planned["greet"].environment
    assert planned["predict"].secret_environment == {}


def test_secrets_and_plain_values_override_each_other(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {environment: {A: plain, B: {secret: token}}}")
    text += SECRETS + "  endpoints:environment: {A: {secret: key}, B: b, WEB_CONCURRENCY: {secret: token}}\n"
    planned = endpoints(plan(text))

    assert planned["greet"].environment["A"] == "plain"
    assert planned["greet"].secret_environment.keys() == {"B", "WEB_CONCURRENCY"}
    assert planned["predict"].environment["B"] == "b"
    assert planned["predict"].secret_environment.keys() == {"A", "WEB_CONCURRENCY"}
    assert "WEB_CONCURRENCY" not in planned["predict"].environment


def test_a_secrets_value_reaches_the_container_as_it_is(plan: Plan, stack: str) -> None:
    """Kubernetes replaces $(NAME) in plain values alone."""
    text = stack.replace("greet: {}", "greet: {environment: {TOKEN: {secret: token}}}") + SECRETS
    assert endpoints(plan(text))["greet"].secret_environment["TOKEN"].get_secret_value() == "$(PORT)"


def test_a_plan_that_is_printed_shows_no_secret(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {environment: {API_KEY: {secret: key}}}") + SECRETS
    assert "s73577357" not in repr(plan(text))


def test_a_secret_that_nothing_uses_is_advice_with_its_place(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {environment: {API_KEY: {secret: key}}}") + SECRETS
    (advice,) = plan(text).advice
    assert str(advice) == (
        "stacks/Pulumi.test.yaml:15: endpoints:secrets.token: this secret is not used; remove it, "
        "or give a variable the value {secret: token}"
    )
