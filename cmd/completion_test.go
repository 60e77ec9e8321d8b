package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// generated is what a command writes for --generate.
func generated(t *testing.T, form string, call ...string) string {
	t.Helper()
	out, err := exec.Command(command(call[0]), append(call[1:], "--generate="+form)...).Output()
	if err != nil {
		t.Fatalf("%q --generate=%s: %v", call, form, err)
	}
	return string(out)
}

// need skips a test where a program is missing.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("skipped: needs " + program)
	}
}

// page is the name of a command's man page.
func page(call []string) string { return strings.Join(call, "-") }

// flagsOf are the flags that a command's help lists.
func flagsOf(t *testing.T, call []string) (flags []string) {
	t.Helper()
	help, err := exec.Command(command(call[0]), append(call[1:], "--help")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile(`^ +(?:-., )?--(?:\[no-\])?([a-z0-9-]+)`)
	for line := range strings.Lines(string(help)) {
		if m := flag.FindStringSubmatch(line); m != nil {
			flags = append(flags, m[1])
		}
	}
	if len(flags) < 4 {
		t.Fatalf("%q: only the flags %q", call, flags)
	}
	return flags
}

// Man pages and completions have all flags.
func TestGeneratedFlags(t *testing.T) {
	for _, call := range calls(t) {
		man := strings.ReplaceAll(generated(t, "man", call...), `\-`, "-")
		bash, zsh, fish := generated(t, "bash", call[0]), generated(t, "zsh", call[0]), generated(t, "fish", call[0])
		for _, f := range flagsOf(t, call) {
			plain := "--" + f
			for form, ok := range map[string]bool{
				"man":  strings.Contains(man, plain+`\fR`) || strings.Contains(man, "--[no-]"+f+`\fR`),
				"bash": regexp.MustCompile(`[ ']` + plain + `[ ']`).MatchString(bash),
				"zsh":  regexp.MustCompile(regexp.QuoteMeta(plain) + `=?-?\[`).MatchString(zsh),
				"fish": strings.Contains(fish, " -l "+f+" "),
			} {
				if !ok {
					t.Errorf("%q: %s is not in %s", call, plain, form)
				}
			}
		}
	}
	config := strings.ReplaceAll(generated(t, "config-man", "mercury"), `\-`, "-")
	for _, f := range flagsOf(t, []string{"mercury"}) {
		switch f {
		case "help", "version", "license", "config":
			continue
		case "verbose":
			f = "verbosity"
		case "promiscuous":
			f = "no-promiscuous"
		case "sandbox":
			f = "no-sandbox"
		}
		if !strings.Contains(config, "\n"+`\fB`+f+`\fR`) {
			t.Errorf("%s is not in mercury.cfg(5)", f)
		}
	}
}

// manPages writes all man pages into a directory.
func manPages(t *testing.T) (files []string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	for _, call := range calls(t) {
		write(page(call)+".1", generated(t, "man", call...))
	}
	write("mercury.cfg.5", generated(t, "config-man", "mercury"))
	return files
}

func TestManPages(t *testing.T) {
	files := manPages(t)
	t.Run("mandoc", func(t *testing.T) {
		need(t, "mandoc")
		if out, err := exec.Command("mandoc", append([]string{"-Tlint", "-Wstyle"}, files...)...).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("man", func(t *testing.T) {
		need(t, "man")
		need(t, "groff")
		for _, f := range files {
			c := exec.Command("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", f)
			var stderr strings.Builder
			c.Stderr = &stderr
			if err := c.Run(); err != nil || stderr.Len() > 0 {
				t.Errorf("%s: %v\n%s", filepath.Base(f), err, stderr.String())
			}
		}
	})
	// Pages refer to pages that there are.
	there := map[string]bool{}
	for _, f := range files {
		there[filepath.Base(f)] = true
	}
	reference := regexp.MustCompile(`\.BR (\S+) \((.)\)`)
	references := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
			if references++; !there[strings.ReplaceAll(m[1], `\-`, "-")+"."+m[2]] {
				t.Errorf("%s refers to %s(%s)", filepath.Base(f), m[1], m[2])
			}
		}
	}
	if references < 20 {
		t.Errorf("only %d references", references)
	}
}

// What bash completes. It breaks words at "=".
func TestBashCompletion(t *testing.T) {
	need(t, "bash")
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "two words"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "trace.pcap"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ line, want string }{
		{"merc-fp --sel", "--select"},
		{"merc-fp --select = dn", "dnp3 dns"},
		{"merc-fp --select = tls,dn", "tls,dnp3 tls,dns"},
		{"merc-fp --select tr", "trace.pcap"}, // the value must follow without a space
		{"merc-fp --format tls,q", "tls,quic tls,quic/1"},
		{"merc-fp --format = ", "quic quic/1 tls tls/1 tls/2"},
		{"merc-fp --http-headers =", "all non-sensitive"},
		{"merc-fp --schema = d", "duckdb"},
		{"merc-fp tr", "trace.pcap"},
		{"merc-fp --quarantine t", "trace.pcap two words"},
		{"merc-fp --http-body-max t", ""},
		{"merc-select w", "wireguard"},
		{"merc-select --format c", "csv"},
		{"mercury -d t", "two words"},
		{"mercury --no-p", "--no-promiscuous"},
		{"merc-analyze l", "label lookup"},
		{"merc-analyze label --pro", "--process --process-version"},
		{"merc-analyze build --from a", "archive auto"},
		{"merc-analyze build --no-d", "--no-destinations"},
		{"merc-capture --dur", "--duration"},
	} {
		words := strings.Split(tt.line, " ")
		function := "_" + strings.ReplaceAll(words[0], "-", "_")
		script := generated(t, "bash", words[0]) + "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))\n" + function + "\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
		c := exec.Command("bash", append([]string{"-c", script, "bash"}, words...)...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", tt.line, err, out)
			continue
		}
		if got := sorted(string(out)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.line, got, tt.want)
		}
	}
}

// sorted are the lines of text, in one line.
func sorted(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

func TestFishCompletion(t *testing.T) {
	need(t, "fish")
	for _, tt := range []struct{ line, want string }{
		{"merc-fp --sel", "--select"},
		{"merc-fp --select=dn", "--select=dnp3 --select=dns"},
		{"merc-fp --format tls,quic/", "tls,quic/1"},
		{"merc-analyze loo", "lookup"},
		{"merc-analyze label --process-", "--process-version"},
		{"merc-analyze --indi", "--indicators"},
		{"merc-analyze label --indi", ""},
	} {
		name, _, _ := strings.Cut(tt.line, " ")
		c := exec.Command("fish", "--no-config", "-c", generated(t, "fish", name)+"complete -C '"+tt.line+"'\n")
		c.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", tt.line, err, out)
			continue
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got = append(got, strings.TrimSuffix(word, "="))
		}
		slices.Sort(got)
		if got := strings.Join(slices.Compact(got), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.line, got, tt.want)
		}
	}
}

// Zsh takes the completions for a program that it can run, and the
// specifications for ones that _arguments knows.
func TestZshCompletion(t *testing.T) {
	need(t, "zsh")
	dir := t.TempDir()
	for _, call := range calls(t) {
		name := filepath.Join(dir, "_"+call[0])
		if err := os.WriteFile(name, []byte(generated(t, "zsh", call[0])), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("zsh", "-f", "-n", name).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", call[0], err, out)
		}
	}
	// A terminal of its own, in which the tab key is pressed.
	script := `
		zmodload zsh/zpty || exit 3
		zpty z 'TERM=dumb zsh -f -i'
		zpty -w z "PS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; bindkey -e; setopt no_list_beep list_rows_first; LISTMAX=9999; echo ready"
		zpty -r z line '*ready*ready*' 
		zpty -w -n z "merc-fp --select=wire"$'\t'
		zpty -r -t z line; sleep 1; zpty -r z line '*wireguard*' && print found
		zpty -d z`
	c := exec.Command("timeout", "60", "zsh", "-f", "-c", script, "zsh", dir)
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "found") {
		t.Errorf("%v\n%s", err, out)
	}
}
