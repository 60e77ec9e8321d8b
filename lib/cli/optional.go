package cli

import (
	"strings"

	"github.com/alecthomas/kong"
)

// bare is the tag of flags whose value may be left out: its value is what
// they mean then. Such a value must stand right behind the flag, as in
// --select=dns or -sdns.
const bare = "bare"

// complete gives flags their value where it was left out, and writes a value
// that stands right behind a short flag in the long form.
func complete(app *kong.Application, args []string) []string {
	flags := map[string]*kong.Flag{}
	for _, f := range app.Flags {
		if !f.Tag.Has(bare) {
			continue
		}
		flags["--"+f.Name] = f
		if f.Short != 0 {
			flags["-"+string(f.Short)] = f
		}
	}
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if f, ok := flags[arg]; ok {
			arg = "--" + f.Name + "=" + f.Tag.Get(bare)
		} else if len(arg) > 2 && !strings.HasPrefix(arg, "--") {
			if f, ok := flags[arg[:2]]; ok {
				arg = "--" + f.Name + "=" + arg[2:]
			}
		}
		out = append(out, arg)
	}
	return out
}
