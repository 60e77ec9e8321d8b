package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// bare is the tag of flags whose value may be left out: its value is what
// they mean then. Such a value must stand right behind the flag, as in
// --select=dns or -sdns.
const bare = "bare"

// A bareValue is the value of a flag with the tag bare.
type bareValue interface {
	// Valid reports whether a word is a value of the flag.
	Valid(word string) bool
}

// complete gives flags their value where it was left out, and writes a value
// that stands right behind a short flag in the long form. A word behind a flag
// that would be its value, had there been no space, is a UsageError, unless it
// is also the name of a file.
func complete(app *kong.Application, args []string) ([]string, error) {
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
			return append(out, args[i:]...), nil
		}
		if f, ok := flags[arg]; ok {
			if i+1 < len(args) && misplaced(f, args[i+1]) {
				word := args[i+1]
				return nil, Usagef("%s %s: the value must follow without a space: --%s=%[2]s", arg, word, f.Name)
			}
			arg = "--" + f.Name + "=" + f.Tag.Get(bare)
		} else if len(arg) > 2 && !strings.HasPrefix(arg, "--") {
			if f, ok := flags[arg[:2]]; ok {
				arg = "--" + f.Name + "=" + arg[2:]
			}
		}
		out = append(out, arg)
	}
	return out, nil
}

// misplaced reports whether a word behind a flag is its value rather than the
// name of a file.
func misplaced(f *kong.Flag, word string) bool {
	v, ok := f.Target.Interface().(bareValue)
	if !ok || !v.Valid(word) {
		return false
	}
	_, err := os.Stat(word)
	return errors.Is(err, fs.ErrNotExist)
}
