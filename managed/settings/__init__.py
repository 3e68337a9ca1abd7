"""Reads and checks the settings of a managing stack."""

from managed.settings.limits import Container, Limits, Quota, ReplicaLimits, Resources
from managed.settings.load import load_settings
from managed.settings.network import Network
from managed.settings.stack import Settings
from managed.settings.team import Team, TeamDeployment
from managed.settings.tokens import Tokens

__all__ = [
    "Container",
    "Limits",
    "Network",
    "Quota",
    "ReplicaLimits",
    "Resources",
    "Settings",
    "Team",
    "TeamDeployment",
    "Tokens",
    "load_settings",
]
