package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Tags of flags that have no effect without another one. Their value names it, or
// several of which one will do, as "report cbom"; it may say what that flag has in
// its list, as "add=community_id". Where a command has none of them, the flag has
// an effect there without. In a configuration file it is no fault.
const (
	// needsTag makes the flag a UsageError.
	needsTag = "needs"
	// wantsTag writes a notice: mercury takes the flag without a word, and the
	// output is the same.
	wantsTag = "wants"
)

// checkNeeds looks for flags on the command line that have no effect since another
// one is not given.
func checkNeeds(env *Env, line *kong.Context) error {
	return onCommandLine(line, func(f *kong.Flag, name string) error {
		if f.Target.IsZero() {
			return nil // it asks for nothing, as --done="$DIR" may
		}
		if others := f.Tag.Get(needsTag); !given(line.Model.Flags, others) {
			return Usagef("--%s needs %s", name, anyOf(others))
		}
		if others := f.Tag.Get(wantsTag); !given(line.Model.Flags, others) {
			env.Noticef("--%s has no effect without %s", name, anyOf(others))
		}
		return nil
	})
}

// given reports whether one of the flags that a tag names is given, be it in a
// configuration file, or there are none of them.
func given(flags []*kong.Flag, tag string) bool {
	known := false
	for other := range strings.FieldsSeq(tag) {
		name, value, _ := strings.Cut(other, "=")
		i := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == name })
		if i < 0 {
			continue
		}
		known = true
		target := flags[i].Target
		if value == "" && !target.IsZero() {
			return true
		}
		for word := range list(target.String()) {
			if word == value || word == "all" {
				return true
			}
		}
	}
	return !known
}

// anyOf are the flags that a tag names, in words.
func anyOf(tag string) string {
	return "--" + strings.Join(strings.Fields(tag), " or --")
}
