// Generate writes what package schema makes into the tree. "go generate" runs
// it in the folder of that package.
package main

import (
	"log"
	"os"

	"merctools/lib/schema"
)

func main() {
	for name, text := range map[string][]byte{
		"../proto/README.md": schema.README(),
		"record.schema.json": schema.Schema(),
	} {
		if err := os.WriteFile(name, text, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}
