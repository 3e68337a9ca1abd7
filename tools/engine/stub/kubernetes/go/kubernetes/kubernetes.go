// Package kubernetes stands in for the Go SDK of Pulumi's Kubernetes plugin: the plugin needs it for the components ConfigGroup,
// ConfigFile and Chart alone, of which the programs here declare none, and compiling all of it takes ten minutes.
package kubernetes

import "reflect"

// UntypedArgs is an object that is not described by a type.
type UntypedArgs map[string]interface{}

// ElementType returns the type of the object.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeOf(map[string]interface{}{})
}
