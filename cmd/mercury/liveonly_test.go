package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"merctools/lib/cli"
)

// onFiles are the flags about capturing and rotation that have an effect where
// a capture is read, with arguments that show it.
var onFiles = map[string][]string{
	"bpf":         {"--bpf=port 1"},
	"limit":       {"--limit=1"},
	"output-time": {"--output-time=1"},
}

// Each flag about capturing either has an effect where a capture is read, or
// the user is told, once: by an error or by a notice. In a configuration file,
// which serves both kinds of runs, it is no fault.
func TestFlagsWithoutCapture(t *testing.T) {
	parser, err := kong.New(new(captureFlags))
	if err != nil {
		t.Fatal(err)
	}
	plain := replayed(t, "")
	if plain.status != 0 || plain.stderr != "" || len(plain.files) != 1 {
		t.Fatalf("%+v", plain)
	}
	refused, told := 0, 0
	for _, f := range parser.Model.Flags {
		if f.Name == "help" || f.Name == "config" || f.Name == "capture" {
			continue
		}
		argument, key := "--"+f.Name, f.Name
		switch {
		case f.IsBool() && f.Default == "true":
			argument, key = "--no-"+f.Name, "no-"+f.Name
		case !f.IsBool():
			argument, key = argument+"=1", key+" = 1"
		}
		got := replayed(t, "", argument)
		name, _, _ := strings.Cut(argument, "=")
		switch f.Tag.Get("live") {
		case "refuse":
			refused++
			if got.status != 2 || got.stderr != "mercury: "+name+" needs --capture (see mercury --help)\n" || len(got.files) != 0 {
				t.Errorf("%s: %+v", argument, got)
			}
		case "tell":
			told++
			if got.stderr != "mercury: "+name+" has no effect without --capture\n" || !got.same(plain) {
				t.Errorf("%s: %+v", argument, got)
			}
			if again := replayed(t, "", argument, argument); again.stderr != got.stderr {
				t.Errorf("%s twice: %s", argument, again.stderr)
			}
		default:
			arguments := onFiles[f.Name]
			if arguments == nil {
				t.Errorf("%s is neither refused, nor told of, nor known to have an effect on captures that are read", argument)
				continue
			}
			if got := replayed(t, "", arguments...); got.status != 0 || got.stderr != "" || got.same(plain) {
				t.Errorf("%s: %+v", arguments, got)
			}
			continue
		}
		if got := replayed(t, key+"\n"); got.stderr != "" || !got.same(plain) {
			t.Errorf("%s in a configuration file: %+v", key, got)
		}
	}
	if refused < 5 || told < 4 {
		t.Errorf("only %d flags refused and %d told of", refused, told)
	}
}

// A replay is what a run without --capture gave.
type replay struct {
	status int
	stderr string
	files  map[string]string
}

func (r replay) same(o replay) bool {
	return r.status == o.status && len(r.files) == 1 && r.files["out.json"] == o.files["out.json"]
}

// replayed runs mercury on a capture, with a configuration file unless that is
// empty.
func replayed(t *testing.T, config string, args ...string) replay {
	t.Helper()
	dir, settings := t.TempDir(), filepath.Join(t.TempDir(), "mercury.cfg")
	args = append([]string{"-r", "../../testdata/captures/http.pcap", "-f", filepath.Join(dir, "out.json"), "-t", "1"}, args...)
	if config != "" {
		if err := os.WriteFile(settings, []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", settings)
	}
	var stderr bytes.Buffer
	c := &cli.Command{Name: "mercury", Runner: new(command), ConfigFile: true}
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: t.Output(), Stderr: &stderr}
	r := replay{status: c.Main(t.Context(), env, args, ""), files: map[string]string{}}
	r.stderr = stderr.String()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		r.files[f.Name()] = string(text)
	}
	return r
}
