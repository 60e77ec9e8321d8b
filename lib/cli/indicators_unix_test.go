//go:build unix

package cli

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/indicators"
)

// SIGHUP reads the lists again; one that is broken changes nothing.
func TestReloadIndicators(t *testing.T) {
	name := filepath.Join(t.TempDir(), "list")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("192.0.2.1\n")
	var stderr lockedBuffer
	f := IndicatorFlags{Indicators: []string{name}}
	current, stop, err := f.Load(&Env{Name: "x", Stderr: &stderr}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	found := func(a string) bool {
		var h indicators.Hits
		current.Load().Address(&h, netip.MustParseAddr(a), "")
		return h.Len() > 0
	}
	await := func(what string, ok func() bool) {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s; messages: %s", what, stderr.String())
			}
		}
	}
	if !found("192.0.2.1") {
		t.Error("not read at first")
	}
	write("192.0.2.2\n")
	await("not read again", func() bool { return found("192.0.2.2") && !found("192.0.2.1") })
	write("<html>\n")
	await("no message", func() bool { return strings.Contains(stderr.String(), "keeping the old indicators") })
	if !found("192.0.2.2") {
		t.Error("a broken list took the place of a good one")
	}
}
