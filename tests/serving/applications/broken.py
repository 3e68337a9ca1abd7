"""What a project can get wrong."""


def make_application() -> object:
    """Make an application: it is none itself."""
    return object()


number = 7
