"""Makes a Pulumi policy of each rule."""

from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from endpoints.policy import RULES, Context, PolicySettings, Rule, load_policy_settings


def policies(settings_file: Path) -> list[Policy]:
    """Return a policy for each rule, with its level; raises ProjectError for mistakes in the settings."""
    settings = load_policy_settings(settings_file, tuple(rule.name for rule in RULES))
    return [_policy(rule, settings) for rule in RULES]


def _policy(rule: Rule, settings: PolicySettings) -> Policy:
    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if args.resource_type.startswith("kubernetes:"):
            stack = args.urn.removeprefix("urn:pulumi:").partition("::")[0]
            for text in rule.check(args.props, Context(settings, settings.is_production(stack))):
                report_violation(f"{args.name} {text}", None)

    return ResourceValidationPolicy(
        rule.name, rule.description, validate, EnforcementLevel(settings.level(rule).value)
    )
