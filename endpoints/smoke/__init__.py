"""Smoke requests: one request to an endpoint that has come up, and whether the answer is as expected."""
