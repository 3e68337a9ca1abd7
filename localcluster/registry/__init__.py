"""The registry, the images that are put into it, and BuildKit."""
