"""Two teams on one cluster: both are served, and neither gets at the other. Run by `make demo-managed`."""

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

MANAGING = ["--cwd", "managed", "--stack", "local"]
REQUESTS = {"fraud": "?amount=4200&country=US", "growth": "?visits=3"}


def output(*arguments: str) -> dict:
    """Return a stack's output."""
    command = ["pulumi", "stack", "output", "--json", *arguments]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout)


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read().decode()


def attempts(own: str, other: str, other_team: str) -> dict[str, list[str]]:
    """Return what a team may not do to another, given the namespaces of both."""
    project = other.removeprefix("acme-").removesuffix("-production")
    rule = f"/acme/{project}/production*=somewhere:80"
    return {
        "list its pods": ["get", "pods", "--namespace", other],
        "read its secrets": ["get", "secrets", "--namespace", other],
        "route its URLs": ["create", "ingress", "t", f"--rule={rule}", "--class=traefik", "--namespace", own],
        "take its credentials": ["create", "token", other_team, "--namespace", "endpoints-teams-local"],
    }


def refusal(kubeconfig: Path, command: list[str]) -> str:
    """Try, and return how it was refused; being allowed ends the demo."""
    tried = subprocess.run(
        ["kubectl", "--kubeconfig", str(kubeconfig), *command],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    if tried.returncode == 0:
        sys.exit(f"This should have been refused: kubectl {' '.join(command)}")
    return tried.stderr.strip()


def main() -> None:
    grants = {team: output(team, "--show-secrets", *MANAGING) for team in REQUESTS}
    for team, query in REQUESTS.items():
        summaries = output("endpoints", "--stack", team)
        print(f"\nTeam {team}, with credentials of its own until {grants[team]['access']['expires']}:\n")
        for summary in summaries.values():
            print(f"  {summary['url']}{query}\n      {ask(summary['url'] + query)}")
            print(f"      namespace {summary['namespace']}")
    namespaces = {team: next(iter(grant["deployments"].values())) for team, grant in grants.items()}
    with tempfile.TemporaryDirectory() as directory:
        for team, other in (("fraud", "growth"), ("growth", "fraud")):
            kubeconfig = Path(directory) / team
            kubeconfig.touch(mode=0o600)
            kubeconfig.write_text(grants[team]["access"]["kubeconfig"])
            print(f"\nWhat team {team} cannot do to team {other}:\n")
            for what, command in attempts(namespaces[team], namespaces[other], other).items():
                print(f"  {what}\n      {refusal(kubeconfig, command)}")


if __name__ == "__main__":
    try:
        main()
    except (subprocess.SubprocessError, urllib.error.URLError) as error:
        sys.exit(f"The teams' endpoints do not answer: {getattr(error, 'stderr', None) or error}")
