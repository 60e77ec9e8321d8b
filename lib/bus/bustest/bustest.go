// Package bustest has what the tests of the engines share.
package bustest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"merctools/lib/bus"
)

// Lines are n numbered records of 50 hosts.
func Lines(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"number":%d,"src_ip":"192.0.2.%d"}`+"\n", i, i%50))
	}
	return all
}

// Get takes all lines that are there for a consumer.
func Get(t testing.TB, k bus.Consumer) ([]string, *bus.Counters) {
	t.Helper()
	var out bytes.Buffer
	var counters bus.Counters
	if err := bus.Get(t.Context(), k, &out, true, &counters, func(s string) { t.Error(s) }); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(out.String())), &counters
}

// Complete checks that all lines are there once.
func Complete(t testing.TB, got, want []string) {
	t.Helper()
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Fatalf("%d lines, not %d, or others", len(got), len(want))
	}
}

// Same checks that all lines are there once, and those of a host in their order.
func Same(t testing.TB, got, want []string) {
	t.Helper()
	Complete(t, got, want)
	last := map[string]int{}
	for _, line := range got {
		var n int
		fmt.Sscanf(line, `{"number":%d,`, &n)
		_, host, _ := strings.Cut(line, "src_ip")
		if before, ok := last[host]; ok && n < before {
			t.Fatalf("record %d is behind %d", n, before)
		}
		last[host] = n
	}
}

// Refused checks that URLs are refused with errors that contain a text.
func Refused[C any](t *testing.T, parse func(*bus.URL) (C, error), urls map[string]string) {
	t.Helper()
	for text, want := range urls {
		u, err := bus.ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
