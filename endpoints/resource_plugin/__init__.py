"""What resource plugins written in Python have in common: how the engine starts them, and how they report.

`pulumi.provider.experimental` and `pulumi.dynamic` serve the protocol and add a traceback to every error.
"""
