import pytest

from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.settings import ClientSettings, check_settings, parse_settings
from localcluster.kubernetes_provider.values import UNKNOWN, Secret


def test_the_sdks_strings_become_values() -> None:
    settings = parse_settings(
        {
            "kubeconfig": Secret("~/kubeconfig"),
            "enableConfigMapMutable": "true",
            "enableServerSideApply": "false",
            "kubeClientSettings": '{"burst": 5, "qps": 2.5, "timeout": 7}',
        },
        environment={},
    )
    assert settings.kubeconfig == "~/kubeconfig"
    assert settings.config_map_mutable
    assert not settings.server_side_apply
    assert settings.client == ClientSettings(queries_per_second=2.5, burst=5, timeout_seconds=7)


def test_absent_settings_come_from_the_environment_and_given_ones_win_over_it() -> None:
    environment = {"PULUMI_K8S_UPSERT_EXISTING_OBJECTS": "true", "PULUMI_K8S_ENABLE_SECRET_MUTABLE": "true"}
    settings = parse_settings({"enableSecretMutable": "false"}, environment)
    assert settings.upsert_existing
    assert not settings.secret_mutable


def test_without_any_setting_the_defaults_are_the_official_ones() -> None:
    settings = parse_settings({}, environment={})
    assert settings.server_side_apply
    assert settings.client == ClientSettings(50.0, 120, 32.0)
    assert not (settings.upsert_existing or settings.config_map_mutable or settings.patch_force)


def test_an_unknown_setting_is_named_with_those_that_exist() -> None:
    [(name, reason)] = check_settings({"namspace": "x"}, is_default_provider=False)
    assert name == "namspace"
    assert "namespace" in reason
    assert "__internal" not in reason


def test_what_only_the_official_plugin_does_is_refused() -> None:
    [(name, reason)] = check_settings({"renderYamlToDirectory": "out"}, is_default_provider=False)
    assert name == "renderYamlToDirectory"
    assert "not supported" in reason


def test_settings_that_are_not_known_yet_are_not_judged() -> None:
    assert check_settings({"kubeconfig": UNKNOWN, "context": "a"}, is_default_provider=False) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"enableSecretMutable": "perhaps"}, "enableSecretMutable must be true or false"),
        ({"kubeClientSettings": "[1]"}, "kubeClientSettings must be a mapping"),
        ({"kubeClientSettings": '{"burst": 0}'}, r"kubeClientSettings\.burst must be a number above 0"),
        ({"namespace": ["a"]}, "namespace must be a string"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_settings(settings, environment={})
    assert check_settings(settings, is_default_provider=False)


def test_strict_mode_asks_for_a_kubeconfig_and_a_context_and_forbids_the_default_provider() -> None:
    failures = check_settings({"strictMode": "true", "kubeconfig": "x"}, is_default_provider=True)
    assert [name for name, _ in failures] == ["context", ""]
