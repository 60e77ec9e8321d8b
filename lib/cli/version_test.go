package cli

import (
	"context"
	"strings"
	"testing"
)

// wanting is a command that does nothing without an argument.
type wanting struct {
	Common
	File string `arg:"" name:"file"`
}

func (w *wanting) Run(context.Context, *Env) error { panic("it runs") }

// TestVersion asks a command for its version and its license where an argument
// is missing, or anything else is wrong.
func TestVersion(t *testing.T) {
	for _, tt := range []struct {
		args string
		code int
		out  string // how it begins
	}{
		{"--version", 0, "test " + Version},
		{"--license", 0, "the license\n"},
		{"--nonsense --version", 0, "test " + Version},
		{"file --version", 0, "test " + Version},
		{"sub --version", 0, "test sub " + Version},
		{"sub --license", 0, "the license\n"},
		{"", 2, ""},
		{"-- --version --more", 2, ""},
		{"sub", 2, ""},
	} {
		var out, said strings.Builder
		c := &Command{Name: "test", Runner: &wanting{}, Subcommands: []*Command{{Name: "sub", Runner: &wanting{}}}}
		code := c.Main(t.Context(), &Env{Stdout: &out, Stderr: &said}, strings.Fields(tt.args), "the license\n")
		if code != tt.code || !strings.HasPrefix(out.String(), tt.out) || (out.Len() > 0) != (code == 0) || (said.Len() > 0) != (code != 0) {
			t.Errorf("%q: status %d, %q, %q", tt.args, code, out.String(), said.String())
		}
	}
}
