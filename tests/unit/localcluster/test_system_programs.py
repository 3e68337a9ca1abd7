from pathlib import Path

from localcluster.programs.system import SystemPrograms


def test_the_environment_is_the_same_before_and_after_the_packages_are_unpacked(tmp_path: Path) -> None:
    system = SystemPrograms(tmp_path / "debian")
    before = system.environment()
    for directory in before["LD_LIBRARY_PATH"].split(":"):
        Path(directory, "xtables").mkdir(parents=True)
    assert system.environment() == before
    assert before["LD_LIBRARY_PATH"].startswith(str(tmp_path))


def test_the_unpacked_programs_come_first_and_the_machines_own_are_still_found(tmp_path: Path) -> None:
    path = SystemPrograms(tmp_path).environment()["PATH"].split(":")
    assert path[0] == f"{tmp_path}/usr/sbin"
    assert {"/usr/bin", "/bin"} <= set(path)
