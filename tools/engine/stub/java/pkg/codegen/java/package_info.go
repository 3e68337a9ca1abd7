// Package java stands in for the Java SDK generator of Pulumi, whose module the public Go proxy does not serve.
// The docker-build provider only fills in this structure for its schema; nothing at run time reads it.
package java

// PackageInfo has the fields that the docker-build provider sets.
type PackageInfo struct {
	BuildFiles                      string
	GradleNexusPublishPluginVersion string
	Dependencies                    map[string]string
}
