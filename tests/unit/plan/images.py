from endpoints.plan import EndpointPlan, ImagePlan


def built(endpoint: EndpointPlan) -> ImagePlan:
    """Return how the endpoint's image is built by BuildKit."""
    assert isinstance(endpoint.image, ImagePlan)
    return endpoint.image
