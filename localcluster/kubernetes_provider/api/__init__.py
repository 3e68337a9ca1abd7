"""Talking to the API server: connection, discovery, requests on objects, watches."""
