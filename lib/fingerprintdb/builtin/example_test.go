package builtin_test

import (
	"fmt"
	"log"

	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
)

// An engine classifies with the archive that is part of the program.
func ExampleNewReader() {
	model, err := fingerprintdb.Load(builtin.NewReader(), fingerprintdb.LoadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	e, err := engine.New(engine.Config{Model: model})
	if err != nil {
		log.Fatal(err)
	}
	w := e.NewWorker(fingerprintdb.NewHistory())
	fmt.Println(w.Analysis() == nil)
	// Output:
	// true
}
