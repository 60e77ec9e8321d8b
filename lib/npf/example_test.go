package npf_test

import (
	"fmt"
	"log"

	"merctools/lib/npf"
)

func ExampleElements() {
	t, format, elements, err := npf.Elements("http/(474554)(485454502f312e31)((486f7374)(4163636570743a202a2f2a))")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t, "format", format)
	for _, e := range elements {
		fmt.Println(e.Group, e.Readable())
	}
	// Output:
	// http format 0
	// 0 474554
	// 1 HTTP/1.1
	// 2 Host
	// 2 Accept: */*
}

func ExampleDistance() {
	d, err := npf.Distance("tls/(0303)(13011302)((0000)(0017))", "tls/(0303)(13011303)((0000)(0017)(0023))")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d, "elements differ")
	// Output:
	// 2 elements differ
}

// A fingerprint of format 0 has the extensions in their order; in format 1
// they are sorted, so that clients that shuffle them keep one fingerprint.
func ExampleConverter() {
	var c npf.Converter
	fp, ok := c.Convert(npf.TLS, []byte("tls/(0303)(1301)((0017)(0000))"), 1)
	fmt.Printf("%s %t\n", fp, ok)
	// Output:
	// tls/1/(0303)(1301)[(0000)(0017)] true
}
