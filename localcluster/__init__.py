"""The embedded cluster: real Kubernetes, registry, BuildKit and router as processes of this machine.

It is for trying the program and for its tests. The program itself works with any kubeconfig and imports
nothing from here.
"""
