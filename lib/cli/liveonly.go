package cli

import "github.com/alecthomas/kong"

// liveTag is the tag of flags that have no effect unless packets come from an
// interface. Its value says what becomes of one on the command line otherwise.
// In a configuration file, which serves both, it is no fault.
const liveTag = "live"

const (
	// liveRefuse makes the flag a UsageError: without it the output is not what
	// was asked for.
	liveRefuse = "refuse"
	// liveTell writes a notice: the output is the same.
	liveTell = "tell"
)

// checkLive looks for flags on the command line that have no effect since no
// packets come from an interface.
func checkLive(env *Env, line *kong.Context) error {
	return onCommandLine(line, func(f *kong.Flag, name string) error {
		switch f.Tag.Get(liveTag) {
		case liveRefuse:
			return Usagef("--%s needs --capture", name)
		case liveTell:
			env.Noticef("--%s has no effect without --capture", name)
		}
		return nil
	})
}

// onCommandLine calls check once for each flag on the command line, with the name
// that it has there, up to the first error.
func onCommandLine(line *kong.Context, check func(f *kong.Flag, name string) error) error {
	seen := map[string]bool{}
	for _, p := range line.Path {
		if p.Flag == nil || p.Resolved || seen[p.Flag.Name] {
			continue
		}
		seen[p.Flag.Name] = true
		name := p.Flag.Name
		if p.Flag.Negated {
			name = "no-" + name
		}
		if err := check(p.Flag, name); err != nil {
			return err
		}
	}
	return nil
}
