"""Declares what the stack's settings ask for. Run by Pulumi: `pulumi preview`, `pulumi up`."""

import endpoints

endpoints.run()
