"""Gives teams a place on a shared Kubernetes cluster: namespaces, access, limits, and what they may route.

A Pulumi program of its own, for whoever runs the cluster. It is built like `endpoints` and shares its parts:
`settings` are read, `plan` decides, `components` declare. Each team's stack reads its output.
"""
