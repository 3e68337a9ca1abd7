// Package v4 stands in for the part of the Go SDK that describes Helm charts.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// RepositoryOpts has the fields that the plugin reads.
type RepositoryOpts struct {
	CaFile, CertFile, KeyFile pulumi.AssetOrArchive
	Password, Repo, Username  *string
}

// RepositoryOptsInput is an input that becomes a RepositoryOpts.
type RepositoryOptsInput interface{ pulumi.Input }

// PostRenderer has the fields that the plugin reads.
type PostRenderer struct {
	Args    []string
	Command string
}

// PostRendererInput is an input that becomes a PostRenderer.
type PostRendererInput interface{ pulumi.Input }
