"""`python -m localcluster`: its commands and what they print."""
