"""Pulumi components: they wire resources together and decide nothing.

Every component takes ``(name, args, opts)`` with a ``TypedDict`` as ``args``: the one form that works both in
this program and when a component is offered to other languages. Type tokens and child names are a contract
with every existing stack: a change of either replaces running endpoints.
"""
