from tests.program.conftest import Configure

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def test_the_route_is_the_prefix_and_is_passed_on_unchanged(declare: Configure) -> None:
    for ingress in declare().of_type(INGRESS):
        (rule,) = ingress.inputs["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert path["path"] == f"/{ingress.name}"
        assert path["pathType"] == "Prefix"
        assert rule["host"] == "models.acme.example"
        assert set(ingress.inputs["metadata"]["annotations"]) == {"pulumi.com/skipAwait"}


def test_servers_are_told_the_prefix_that_is_routed_to_them(declare: Configure) -> None:
    for workload in declare().of_type("kubernetes:apps/v1:Deployment"):
        (container,) = workload.inputs["spec"]["template"]["spec"]["containers"]
        environment = {entry["name"]: entry["value"] for entry in container["env"]}
        assert environment["SCRIPT_NAME"] == environment["VH_DEFAULT_PREFIX"] == f"/{workload.name}"


def test_a_certificate_makes_urls_https(declare: Configure) -> None:
    recording = declare(
        routing={"kind": "ingress", "host": "models.acme.example", "tls": {"secretName": "models-tls"}}
    )
    for ingress in recording.of_type(INGRESS):
        assert ingress.inputs["spec"]["tls"] == [
            {"hosts": ["models.acme.example"], "secretName": "models-tls"}
        ]
        assert "ingressClassName" not in ingress.inputs["spec"]
    for summary in recording.outputs["endpoints"].values():
        assert summary["url"].startswith("https://models.acme.example/acme/")


def test_without_a_host_every_host_is_served_and_urls_are_paths(declare: Configure) -> None:
    recording = declare(routing={"kind": "ingress"})
    for ingress in recording.of_type(INGRESS):
        (rule,) = ingress.inputs["spec"]["rules"]
        assert "host" not in rule
    for address, summary in recording.outputs["endpoints"].items():
        assert summary["url"] == f"/{address}"
