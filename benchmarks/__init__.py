"""Measures the figures of docs/performance.md: `make benchmark`. No test depends on a time."""
