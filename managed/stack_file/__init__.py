"""Reads and checks the settings of a managing stack."""

from managed.stack_file.load import load_settings
from managed.stack_file.models import (
    Container,
    Limits,
    Network,
    Quota,
    ReplicaLimits,
    Resources,
    Settings,
    Team,
    TeamDeployment,
    Tokens,
)

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
