// The official Kubernetes plugin, from its Go module.
//
// The module's own main package embeds a schema that only the release process of Pulumi generates. Programs never ask for the
// schema, so that an empty one does.
package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

const name = "kubernetes"

func main() {
	provider.Serve(name, wantedVersion(), []byte(`{"name":"kubernetes"}`), []byte("{}"))
}

// wantedVersion returns the version of the SDK that this plugin is installed for, by the name of its directory: the engine
// warns at each start of a plugin that is older than the SDK.
func wantedVersion() string {
	if program, err := os.Executable(); err == nil {
		directory := filepath.Base(filepath.Dir(program))
		if found, ok := strings.CutPrefix(directory, "resource-"+name+"-v"); ok {
			return found
		}
	}
	return version.Version
}
