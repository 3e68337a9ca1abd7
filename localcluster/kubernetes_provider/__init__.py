"""A Pulumi provider plugin for Kubernetes, for networks that the official plugin cannot enter.

It answers the same gRPC protocol as `pulumi-resource-kubernetes` and follows that plugin's rules; each
module names the file of github.com/pulumi/pulumi-kubernetes (`provider/pkg/...`) whose behaviour it
follows, and says where it differs. State written by one can be read by the other: the keys `__inputs`,
`__initialApiVersion` and `__fieldManager` mean the same in both.

It is for development and tests. docs/kubernetes-provider.md lists what it does and what it leaves out.
"""
