"""A small NetworkPolicy agent for the embedded cluster: for development and tests, not for production.

`objects`, `selectors` and `addresses` read what the API tells, `rules` decides who may reach whom, `ruleset`
says it in the kernel's language; all of them are pure. `agent` keeps the kernel's rules up to date, and
`attachment` lets no pod start before its own are in place.
"""
