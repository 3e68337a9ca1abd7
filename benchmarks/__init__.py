"""Measures what the README claims: `make benchmark`. Nothing here is a test; no test depends on a time."""
