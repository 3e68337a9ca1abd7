"""The rules that an organization sets for what its stacks deploy, as pure functions over Kubernetes objects.

`python -m endpoints policy` applies them to a preview, and the policy pack in policies/ to every update.
"""

from endpoints.policy.check import Violation, check_preview, is_broken
from endpoints.policy.rules import (
    RULES,
    Context,
    Level,
    PolicySettings,
    Rule,
    load_policy_settings,
)

__all__ = [
    "RULES",
    "Context",
    "Level",
    "PolicySettings",
    "Rule",
    "Violation",
    "check_preview",
    "is_broken",
    "load_policy_settings",
]
