// Package codegen stands in for the .NET SDK generator of Pulumi, whose module the public Go proxy does not serve.
// The docker-build provider only fills in this structure for its schema; nothing at run time reads it.
package codegen

// CSharpPackageInfo has the fields that the docker-build provider sets.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool
	PackageReferences    map[string]string
}
