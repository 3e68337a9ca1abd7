// The container that holds a pod's namespaces: it waits to be ended, and leaves orphaned processes to the kernel.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Ignoring this signal makes the kernel collect the children that a shared process namespace hands to the first process.
	signal.Ignore(syscall.SIGCHLD)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	<-end
}
