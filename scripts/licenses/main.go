// Licenses writes the licenses of all modules that the commands are made of.
//
//	go run ./scripts/licenses > THIRD_PARTY_LICENSES
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	text, err := licenses()
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// systems are those that commands are built for. What they are made of differs.
var systems = []string{"linux", "darwin", "windows"}

type module struct{ Path, Version, Dir string }

// modules returns the modules that packages of the commands come from, but not
// this one.
func modules() ([]module, error) {
	seen := map[string]bool{}
	var all []module
	for _, system := range systems {
		c := exec.Command("go", "list", "-deps", "-json=Module,Standard", "merctools/cmd/...")
		c.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
		c.Stderr = os.Stderr
		out, err := c.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Standard bool
				Module   *struct {
					module
					Main bool
				}
			}
			err := d.Decode(&p)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			if p.Standard || p.Module == nil || p.Module.Main || seen[p.Module.Path] {
				continue
			}
			seen[p.Module.Path] = true
			all = append(all, p.Module.module)
		}
	}
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

// licenses is the text.
func licenses() ([]byte, error) {
	all, err := modules()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("The commands hold code of these modules, and of Go's standard library (BSD\nlicense, https://go.dev/LICENSE). Written by scripts/licenses.\n")
	for _, m := range all {
		files, err := licenseFiles(m.Dir)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s: no license in %s", m.Path, m.Dir)
		}
		fmt.Fprintf(&b, "\n%s\n%s %s\n%[1]s\n", strings.Repeat("=", 78), m.Path, m.Version)
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "\n--- %s\n\n%s\n", filepath.Base(name), strings.TrimSpace(strings.ReplaceAll(string(text), "\r", "")))
		}
	}
	return b.Bytes(), nil
}

// licenseFiles are the files with licenses and notices in a directory.
func licenseFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
			if strings.HasPrefix(name, word) && e.Type().IsRegular() && !strings.HasSuffix(name, ".GO") {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	return files, nil
}
