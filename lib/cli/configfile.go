package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// A configKey says what a key of a configuration file gives to which flag.
type configKey struct {
	flag *kong.Flag

	alone  string                       // value of the flag; the key stands alone
	value  func(string) (string, error) // value of the flag for the key's; nil: the same
	spaced bool                         // space in the value counts
}

// configExceptions are the keys that differ from the flag of the same name, or
// whose flag has another name.
var configExceptions = map[string]struct {
	flag   string
	value  func(string) (string, error)
	spaced bool
}{
	"verbosity": {flag: "verbose", value: notZero},
	"analysis":  {flag: "analysis", value: zeroOrOne},
	"bpf":       {flag: "bpf", spaced: true},
}

// notInConfig are flags that only make sense on the command line, and those
// whose key is an exception.
var notInConfig = map[string]bool{"help": true, "version": true, "license": true, "config": true, "verbose": true}

// notZero reads a number that is 0 for no.
func notZero(s string) (string, error) {
	if _, err := strconv.ParseUint(s, 10, 63); err != nil {
		return "", fmt.Errorf("%q is not a number", s)
	}
	return strconv.FormatBool(s != "0"), nil
}

// zeroOrOne reads what begins with 0 for no or 1 for yes.
func zeroOrOne(s string) (string, error) {
	if s == "" || s[0] != '0' && s[0] != '1' {
		return "", fmt.Errorf("%q is neither 0 nor 1", s)
	}
	return strconv.FormatBool(s[0] == '1'), nil
}

// configKeys returns the keys that a command's flags make: one with the name
// of each flag. A flag without a value is a key that stands alone; one that is
// on by default is a key with "no-" in front.
func configKeys(app *kong.Application) map[string]configKey {
	keys := map[string]configKey{}
	for _, f := range app.Flags {
		for name, e := range configExceptions {
			if e.flag == f.Name {
				keys[name] = configKey{flag: f, value: e.value, spaced: e.spaced}
			}
		}
		switch {
		case notInConfig[f.Name] || keys[f.Name].flag != nil:
		case f.IsBool() && f.Tag.Negatable != "" && f.Default == "true":
			keys["no-"+f.Name] = configKey{flag: f, alone: "false"}
		case f.IsBool():
			keys[f.Name] = configKey{flag: f, alone: "true"}
		default:
			keys[f.Name] = configKey{flag: f}
		}
	}
	return keys
}

// readConfig reads a configuration file, which gives flags the values that the
// command line does not. Each line has a key, or a key, "=" and a value; space
// does not count. Lines that begin with "#" are comments. An invalid line is
// skipped with a warning that gives its number.
func readConfig(r io.Reader, app *kong.Application, env *Env) (kong.Resolver, error) {
	name := "configuration"
	if f, ok := r.(interface{ Name() string }); ok {
		name = f.Name()
	}
	values, err := parseConfig(r, configKeys(app), func(line int, reason string) {
		env.Noticef("%s: skipped line %d: %s", name, line, reason)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		list, ok := values[flag.Name]
		switch {
		case !ok:
			return nil, nil
		case addsUp(flag):
			return elements(list), nil
		}
		return list[0], nil
	}), nil
}

// addsUp reports whether a flag takes one more value each time that it is given.
func addsUp(f *kong.Flag) bool {
	const none = -1
	return f.IsSlice() && f.Tag.Sep == none
}

// elements is a list in the form that kong wants.
func elements(list []string) []any {
	var all []any
	for _, value := range list {
		all = append(all, value)
	}
	return all
}

// parseConfig returns the values of flags by their names; only flags that add up
// have more than one. Of another key that is there several times the last one
// counts; a second list is left out.
func parseConfig(r io.Reader, keys map[string]configKey, warn func(line int, reason string)) (map[string][]string, error) {
	values := map[string][]string{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxConfigLine)
	number := 1
	for ; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, hasValue := strings.Cut(line, "=")
		name = withoutSpace(name)
		key, known := keys[name]
		if !known {
			warn(number, fmt.Sprintf("unknown key %.80q", name))
			continue
		}
		if value = strings.TrimSpace(value); !key.spaced {
			value = withoutSpace(value)
		}
		value, err := key.read(name, value, hasValue)
		if err != nil {
			warn(number, err.Error())
			continue
		}
		_, again := values[key.flag.Name]
		switch {
		case again && addsUp(key.flag):
			values[key.flag.Name] = append(values[key.flag.Name], value)
		case again && (name == "select" || key.flag.IsSlice()):
			warn(number, name+" is there already")
		default:
			values[key.flag.Name] = []string{value}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d is longer than %d bytes", number, maxConfigLine)
	}
	return values, lines.Err()
}

// maxConfigLine is how long a line may be: a filter of 4096 instructions, which
// the kernel takes at most, can have 100 kB.
const maxConfigLine = 1 << 20

// read returns the value of the flag.
func (k configKey) read(name, value string, hasValue bool) (string, error) {
	switch {
	case k.alone != "" && hasValue:
		return "", fmt.Errorf("%q takes no value", name)
	case k.alone != "":
		return k.alone, nil
	case !hasValue:
		return "", fmt.Errorf("%q needs a value", name)
	case k.value != nil:
		return k.value(value)
	}
	// What the flag would say of it on the command line.
	target := reflect.New(k.flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	err := k.flag.Mapper.Decode(&kong.DecodeContext{Value: k.flag.Value, Scan: scan}, target)
	if err != nil && isNumber(target.Type()) {
		return "", fmt.Errorf("%q is not a number", value)
	}
	return value, err
}

// isNumber reports whether a flag of this type takes a plain number.
func isNumber(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "" && t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64
}

func withoutSpace(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, s)
}
