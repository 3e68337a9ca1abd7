"""Declares what the managing stack's settings ask for. Run by Pulumi in this directory."""

import sys
from pathlib import Path

# In this repository the package is the directory that Pulumi runs, and has to be found in the one above.
sys.path.insert(0, str(Path(__file__).parents[1]))

import managed

managed.run()
