"""Pulumi components of a managed cluster: they wire resources together and decide nothing.

The rules of `endpoints.resources` hold here, too.
"""
