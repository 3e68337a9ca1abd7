"""The resource plugin that builds images with attestations by Docker Buildx, and pushes them."""
