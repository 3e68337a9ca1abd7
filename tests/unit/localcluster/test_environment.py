import json
import subprocess
from pathlib import Path

import pytest

from localcluster.engine.environment import (
    EngineSettings,
    environment,
    export_lines,
    prepare_local_state,
    write_engine_settings,
)
from localcluster.instance import Instance
from localcluster.layout import Layout, find_layout
from localcluster.plan import Programs
from localcluster.programs.system import SystemPrograms


@pytest.fixture
def programs(layout: Layout, system: SystemPrograms) -> Programs:
    directories = {name: layout.cache / name for name in ("kubernetes", "engine", "pulumi-language-python")}
    return Programs({}, directories, system, layout.cache / "traefik", layout.cache)


def test_a_shell_that_evaluates_the_lines_has_every_value_unchanged() -> None:
    variables = {"PLAIN": "a", "AWKWARD": 'it\'s $HOME; `id` "x"\n*'}
    script = export_lines(variables) + '\npython3 -c "import json, os; print(json.dumps(dict(os.environ)))"'
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert variables.items() <= json.loads(said.stdout).items()


def test_the_path_has_the_virtual_environment_first_and_no_entry_twice(
    layout: Layout, programs: Programs
) -> None:
    once = environment(layout, programs, "/usr/bin:/bin")["PATH"]
    assert environment(layout, programs, once)["PATH"] == once
    assert once.endswith(":/usr/bin:/bin")
    assert Path(once.split(":")[0], "python").exists()


def test_what_the_engines_set_up_has_decided_wins(layout: Layout, programs: Programs) -> None:
    layout.state.mkdir()
    settings = EngineSettings({"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}, "/engine/bin")
    write_engine_settings(layout, settings)
    variables = environment(layout, programs, "/usr/bin")
    assert variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert variables["PATH"].split(":")[1] == "/engine/bin"


def test_the_passphrase_is_in_a_file_and_not_in_the_environment(layout: Layout, programs: Programs) -> None:
    prepare_local_state(layout)
    path = Path(environment(layout, programs)["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert path.read_text()
    assert "PULUMI_CONFIG_PASSPHRASE" not in environment(layout, programs)


def test_two_state_directories_are_two_clusters() -> None:
    first = find_layout({"LOCALCLUSTER_STATE": "/tmp/first"})
    second = find_layout({"LOCALCLUSTER_STATE": "/tmp/second"})
    assert first.runtime != second.runtime


def test_the_cache_follows_the_users_setting() -> None:
    assert find_layout({"XDG_CACHE_HOME": "/var/cache/me"}).cache == Path("/var/cache/me/valohai-endpoints")


def test_an_instance_names_images_as_the_registry_is_called(instance: Instance) -> None:
    assert instance.registry == "localhost:5000"
