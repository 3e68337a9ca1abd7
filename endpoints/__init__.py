"""Turns the `endpoint` definitions of Valohai projects into auto-scaling HTTP services on Kubernetes.

Data flows one way: `settings` (the stack file) and `manifest` (valohai.yaml) -> `plan` -> `components` -> the
Pulumi engine. Everything outside `components` and `targets` is free of Pulumi and needs no cluster.
"""
