// Go's own HTTP server: patterns carry the prefix, and the mux's redirects with them.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	prefix := os.Getenv("VH_DEFAULT_PREFIX")
	http.HandleFunc("GET "+prefix+"/where", func(response http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(response, `{"link": "%s/static/"}`, prefix)
	})
	files := http.FileServer(http.Dir("."))
	http.Handle(prefix+"/static/", http.StripPrefix(prefix+"/static/", files))

	// What does not work: a whole mux below StripPrefix redirects to a path without the prefix.
	stripped := http.NewServeMux()
	stripped.Handle("/static/", files)
	http.Handle(prefix+"/stripped/", http.StripPrefix(prefix+"/stripped", stripped))

	log.Fatal(http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil))
}
