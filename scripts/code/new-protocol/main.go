// New-protocol makes the skeleton of a protocol: a folder below lib/proto with
// a message, a test and a fuzz target, and the protocol's line in the registry.
// It runs in the project's folder.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed protocol.go.tmpl
var protocolTemplate string

//go:embed protocol_test.go.tmpl
var testTemplate string

const registry = "lib/proto/registry/registry.go"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: new-protocol NAME")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "new-protocol:", err)
		os.Exit(1)
	}
}

// A skeleton is what the templates are filled with.
type skeleton struct {
	Module string // path of this module
	Name   string // of the package, the selector and the member in records
	Title  string // as people write it
	Magic  string // the four bytes that a message of the skeleton begins with
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

func run(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("%q is not a package name: use lower-case letters and digits", name)
	}
	module, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	s := skeleton{Module: strings.TrimSpace(string(module)), Name: name, Title: strings.ToUpper(name)}
	s.Magic = (s.Title + "....")[:4]
	dir := filepath.Join("lib/proto", name)
	if err := os.Mkdir(dir, 0o777); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists already", dir)
		}
		return err
	}
	for file, text := range map[string]string{name + ".go": protocolTemplate, name + "_test.go": testTemplate} {
		var b bytes.Buffer
		if err := template.Must(template.New(file).Parse(text)).Execute(&b, s); err != nil {
			return err
		}
		source, err := format.Source(b.Bytes())
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), source, 0o666); err != nil {
			return err
		}
	}
	if err := register(s); err != nil {
		return err
	}
	fmt.Printf("%s and a line in %s are there. Next:\n"+
		"  1. write down in %s/%s.go how the message is detected, what it has, and its fields\n"+
		"  2. go test ./%s && go test -fuzz=Fuzz -fuzztime=1m ./%s\n"+
		"  3. go generate ./lib/schema\n", dir, registry, dir, name, dir, dir)
	return nil
}

// register adds the protocol to the registry, behind all others: the order is
// that in which protocols are tried.
func register(s skeleton) error {
	b, err := os.ReadFile(registry)
	if err != nil {
		return err
	}
	text := string(b)
	imported := strings.Index(text, "\n)\n")
	listed := -1
	if list := strings.Index(text, "\nvar All = "); list >= 0 {
		listed = list + strings.Index(text[list:], "\n}")
	}
	if imported < 0 || listed < imported {
		return fmt.Errorf("%s: no list of imports or protocols found", registry)
	}
	text = text[:imported] + fmt.Sprintf("\n\t%q", s.Module+"/lib/proto/"+s.Name) +
		text[imported:listed] + fmt.Sprintf("\n\t%s.Protocol,", s.Name) + text[listed:]
	source, err := format.Source([]byte(text))
	if err != nil {
		return fmt.Errorf("%s: %w", registry, err)
	}
	return os.WriteFile(registry, source, 0o666)
}
