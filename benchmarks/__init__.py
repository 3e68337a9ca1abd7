"""Measures what docs/performance.md says: `make benchmark`. No test depends on a time."""
