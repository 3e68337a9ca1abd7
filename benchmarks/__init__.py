"""Measures what the README claims: `make benchmark`. Nothing here is a test, and no test depends on a time."""
