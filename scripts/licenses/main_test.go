package main

import (
	"bytes"
	"os"
	"testing"
)

// TestThirdPartyLicenses checks that the file has the licenses of all modules
// that the commands are made of, as they are.
func TestThirdPartyLicenses(t *testing.T) {
	want, err := licenses()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../THIRD_PARTY_LICENSES")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the file is not what go run ./scripts/licenses writes (%d bytes, want %d)", len(got), len(want))
	}
	if n := bytes.Count(want, []byte("\n--- ")); n < 20 {
		t.Errorf("only %d licenses", n)
	}
}
