package builtin_test

import (
	"testing"

	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/builtin"
)

// BenchmarkLoad is what the first classified message of a run costs, beside
// its own analysis.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fingerprintdb.Load(builtin.NewReader(), fingerprintdb.LoadOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
