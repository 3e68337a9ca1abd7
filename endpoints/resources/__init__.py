"""Pulumi resources and components: they carry plans out and decide nothing.

Each takes ``(name, plan, target, opts)`` or as much of it as it needs: the plan of what it declares, and the
target that it goes to. Type tokens and child names are a contract with every existing stack: a change of
either replaces running endpoints.
"""
