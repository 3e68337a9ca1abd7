"""Endpoints as they run: found by the outputs of their stack, and looked at in their cluster."""
