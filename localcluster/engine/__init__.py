"""Pulumi's command line and plugins, and the variables that a shell needs for them."""
