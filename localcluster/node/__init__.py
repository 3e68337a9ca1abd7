"""The one node: kubelet, containerd, name server and network, in namespaces of their own."""
