"""Measures requests for Prometheus, on a port of its own; imported only where the stack file asks for it."""
