"""measures what docs/performance.md says: `make benchmark`. Nothing here is a test; no test depends on a time."""
