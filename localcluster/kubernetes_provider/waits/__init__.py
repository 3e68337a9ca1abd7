"""Waiting until objects are ready (provider/pkg/await)."""
