"""Shows what the local stack deployed: every URL, and one real prediction. Run by `make demo`."""

import json
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

PICTURE = Path("examples/digits/samples/7.png")


def endpoints(stack: str) -> dict[str, dict[str, str]]:
    """Return the stack's output: url, image and namespace by address."""
    command = ["pulumi", "stack", "output", "endpoints", "--json", "--stack", stack]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout)


def predict(url: str) -> dict[str, object]:
    """Send the picture to the endpoint and return its answer."""
    headers = {"Content-Type": "image/png"}
    request = urllib.request.Request(url, data=PICTURE.read_bytes(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def main(stack: str) -> None:
    deployed = endpoints(stack)
    print(f"\nThe stack {stack} serves:\n")
    for summary in deployed.values():
        print(f"  {summary['url']}\n      image {summary['image']}\n      namespace {summary['namespace']}")
    url = next(summary["url"] for address, summary in deployed.items() if address.endswith("/predict-digit"))
    command = shlex.join(["curl", "--data-binary", f"@{PICTURE}", "-H", "Content-Type: image/png", url])
    print(f"\nA prediction for a picture of a seven:\n\n  {command}")
    print(f"  {json.dumps(predict(url))}")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (subprocess.SubprocessError, urllib.error.URLError, StopIteration) as error:
        sys.exit(f"The demo's endpoints do not answer: {getattr(error, 'stderr', None) or error}")
