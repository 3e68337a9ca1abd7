"""Declares what the managing stack's file asks for. Run by Pulumi: `pulumi preview`, `pulumi up`."""

import managed

managed.run()
