"""Gives teams a place on a shared Kubernetes cluster: namespaces, access, limits, and what they may route.

A Pulumi program of its own, for the administrator of the cluster. It is built like `endpoints` and shares its
parts: `stack_file` is read, `plan` decides, `resources` declare. Each team's stack reads its output.
"""


def run() -> None:
    """Declare what the managing stack's file asks for: the whole `__main__.py` of a Pulumi project.

    It runs in `pulumi preview` and `pulumi up`, with Pulumi.yaml's directory as the working directory. The
    stack has an output for each team. Raises pulumi.RunError, which Pulumi shows without a stack trace, for
    every mistake of a user.
    """
    from endpoints import quick_imports

    with quick_imports():
        from managed.program import declare
    declare()
