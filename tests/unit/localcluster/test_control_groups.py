from pathlib import Path

from localcluster.node.control_groups import create, group_name, hierarchies

GROUP = group_name("0123abcd")


def version_1(root: Path) -> Path:
    for controller in ("cpuset", "memory"):
        (root / controller).mkdir(parents=True)
        (root / controller / "cgroup.procs").write_text("")
    (root / "cpuset/cpuset.cpus").write_text("0-1\n")
    (root / "cpuset/cpuset.mems").write_text("0\n")
    (root / "cpu,cpuacct").mkdir()
    (root / "cpu,cpuacct/cgroup.procs").write_text("")
    (root / "cpu").symlink_to("cpu,cpuacct")
    return root


def test_version_1_has_one_hierarchy_per_controller_and_aliases_count_once(tmp_path: Path) -> None:
    names = [path.name for path in hierarchies(version_1(tmp_path))]
    assert names == ["cpu,cpuacct", "cpuset", "memory"]


def test_a_new_cpuset_group_gets_the_processors_of_its_parent(tmp_path: Path) -> None:
    root = version_1(tmp_path)
    # The kernel puts these files into a new group; here they are put there beforehand.
    (root / "cpuset" / GROUP).mkdir()
    for setting in ("cpuset.cpus", "cpuset.mems"):
        (root / "cpuset" / GROUP / setting).write_text("\n")
    create("0123abcd", root)
    assert (root / "cpuset" / GROUP / "cpuset.cpus").read_text() == "0-1\n"
    assert (root / "memory" / GROUP).is_dir()


def test_version_2_hands_every_controller_down(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    create("0123abcd", tmp_path)
    for directory in (tmp_path, tmp_path / GROUP):
        assert (directory / "cgroup.subtree_control").read_text().split() == ["+cpu", "+memory", "+pids"]


def test_creating_a_group_twice_changes_nothing(tmp_path: Path) -> None:
    root = version_1(tmp_path)
    for group in (root / "cpuset" / GROUP,):
        group.mkdir()
        (group / "cpuset.cpus").write_text("0\n")
        (group / "cpuset.mems").write_text("0\n")
    create("0123abcd", root)
    create("0123abcd", root)
    assert (root / "cpuset" / GROUP / "cpuset.cpus").read_text() == "0\n"
