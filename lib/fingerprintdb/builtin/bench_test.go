package builtin_test

import (
	"bytes"
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
)

// BenchmarkLoad is what the first classified message of a run costs, beside
// its own analysis.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fingerprintdb.Load(bytes.NewReader(builtin.Default()), fingerprintdb.LoadOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
