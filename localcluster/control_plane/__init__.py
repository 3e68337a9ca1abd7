"""The API server with etcd, scheduler and controllers, and what the cluster is set up with."""
