"""Serves a project's WSGI or ASGI application under its endpoint's prefix, inside the endpoint's container.

Runs with gunicorn, or with Granian, and the standard library only, on Python 3.6 (as in older TensorFlow
images) and newer.
"""
