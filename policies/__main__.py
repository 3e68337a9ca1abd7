"""The policy pack: `pulumi preview --policy-pack policies`. It makes Pulumi policies of endpoints/policy."""

import sys
from pathlib import Path

HERE = Path(__file__).parent.resolve()
# Pulumi starts a pack in its own directory, where the program that it belongs to is not to be found.
sys.path.insert(0, str(HERE.parent))

from pulumi_policy import PolicyPack

from policies.pack import policies

PolicyPack("endpoints", policies(HERE / "settings.yaml"))
