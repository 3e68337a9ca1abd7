"""Declares what the stack's file asks for. Run by Pulumi: `pulumi preview`, `pulumi up`."""

import endpoints

endpoints.run()
