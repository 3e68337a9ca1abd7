"""The command line: `python -m localcluster COMMAND`."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from localcluster.command_line.log_view import find_log, show_log
from localcluster.command_line.preflight import Machine, check
from localcluster.command_line.progress import Progress
from localcluster.command_line.shutdown import down
from localcluster.command_line.startup import up
from localcluster.command_line.status import report
from localcluster.engine.environment import environment, export_lines
from localcluster.errors import ClusterError
from localcluster.instance import Instance, load_instance
from localcluster.layout import Layout, find_layout
from localcluster.node.simulated import wanted_count
from localcluster.plan import components, find_programs, program_steps
from localcluster.processes.launch import Launcher
from localcluster.processes.steps import run_steps
from localcluster.registry.client import RegistryClient
from localcluster.registry.image_archives import load_archive


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give the exit code.

    It is 0 for success, 1 for an error that the user can fix and 130 for Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    layout, progress = find_layout(), Progress()
    try:
        match options.command:
            case "up":
                up(layout, progress, simulated_node_count=options.simulated_nodes)
            case "down":
                down(layout, progress, purge=options.purge)
            case "status":
                return _status(layout, progress)
            case "env":
                print(export_lines(environment(layout, find_programs(layout))))
            case "logs":
                show_log(find_log(layout, options.name), sys.stdout, follow=options.follow)
            case "load":
                _load(layout, options.archive)
            case "tools":
                check(Machine())
                run_steps(program_steps(find_programs(layout), progress))
    except ClusterError as error:
        print(f"localcluster: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of `logs` or `status` has seen enough; nothing more may be written, not even at exit.
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localcluster",
        description="A real Kubernetes with registry, BuildKit and router, as processes of this machine.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser(
        "up", help=("start all components that are not running; the first time, build them")
    )
    up.add_argument(
        "--simulated-nodes",
        type=_count,
        metavar="N",
        help="number of simulated (kwok) nodes (default: unchanged)",
    )
    down = commands.add_parser("down", help="stop everything, but keep the state")
    down.add_argument(
        "--purge", action="store_true", help="also remove the state, including the Pulumi state"
    )
    commands.add_parser("status", help="show what runs and what fails (then exit code 1)")
    commands.add_parser("env", help='print shell variables, for `eval "$(python -m localcluster env)"`')
    logs = commands.add_parser("logs", help="show a component's log")
    logs.add_argument("name", metavar="NAME")
    logs.add_argument("-f", "--follow", action="store_true", help="keep printing new lines")
    load = commands.add_parser("load", help="push the images of an archive to the cluster's registry")
    load.add_argument("archive", type=Path, metavar="IMAGE_TAR")
    commands.add_parser("tools", help="build and fetch every program, without starting anything")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number of nodes; allowed: 0 or more")
    return int(text)


def _running_instance(layout: Layout) -> Instance:
    instance = load_instance(layout.runtime / "instance.json")
    if instance is None:
        raise ClusterError("the embedded cluster is not running: start it with `python -m localcluster up`")
    return instance


def _status(layout: Layout, progress: Progress) -> int:
    instance = _running_instance(layout)
    launcher = Launcher(layout, progress)
    programs = find_programs(layout, simulated_nodes=wanted_count(layout, None) > 0)
    findings = report(layout, instance, components(layout, instance, programs, launcher), launcher)
    for finding in findings:
        print(finding.text)
    if layout.connection.exists():
        router = f"http://127.0.0.1:{instance.router_port}"
        print(f"router {router}  registry {instance.registry}  kubeconfig {layout.kubeconfig}")
    return 0 if all(finding.healthy for finding in findings) else 1


def _load(layout: Layout, archive: Path) -> None:
    instance = _running_instance(layout)
    for name in load_archive(archive, RegistryClient(instance.registry_port)):
        print(f"{instance.registry}/{name.repository}:{name.tag}")
