// Package v2 stands in for the part of the Go SDK that declares the objects of YAML files.
package v2

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegisterResource returns an error: this build of the plugin declares no resources of its own.
func RegisterResource(
	*pulumi.Context, string, string, string, pulumi.Input, ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	return nil, errors.New("ConfigGroup, ConfigFile and Chart are not part of this build of the Kubernetes plugin")
}
