"""The one way to the API server: kubeconfigs, logins, requests, and connections to pods."""
