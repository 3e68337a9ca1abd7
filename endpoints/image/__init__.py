"""What an image is made of, and why a build fails."""
