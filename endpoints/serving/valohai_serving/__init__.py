"""Serves a project's WSGI or ASGI application under its endpoint's prefix, inside the endpoint's container.

Runs on Python 3.7 and newer with gunicorn and the standard library only. The name is unlikely to be taken by
a module of the project, whose modules come first.
"""
