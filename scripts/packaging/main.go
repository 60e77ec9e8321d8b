// Command packaging writes what a release has: an archive of the commands for
// each system, a Debian package, an RPM, an image as an OCI layout, a list of
// what they are made of (CycloneDX), and the checksums of all of that. The same
// sources give the same bytes.
//
//	scripts/release -out DIR [-targets linux/amd64,...]
//
// It is a module of its own, so that its libraries are none of the commands'.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	out     = flag.String("out", "", "directory to write to, which is made")
	root    = flag.String("root", "../..", "directory of the sources")
	targets = flag.String("targets", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "systems to build for")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// A release is what is being written.
type release struct {
	root    string // of the sources
	dir     string // of what is written
	work    string // for the time being
	version string
	when    time.Time // of the last commit: nothing tells when it was built
	host    string    // directory of commands that run here
	bins    []string  // directories of the commands, by target
	share   []member  // man pages and completions
}

// documents go into archives beside the commands.
var documents = []string{"README.md", "LICENSE", "THIRD_PARTY_LICENSES", "CHANGELOG.md", "SECURITY.md"}

func run() error {
	if *out == "" {
		return errors.New("-out is missing")
	}
	r := release{}
	var err error
	if r.root, err = filepath.Abs(*root); err != nil {
		return err
	}
	if r.dir, err = filepath.Abs(*out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "release"); err != nil {
		return err
	}
	defer os.RemoveAll(r.work)
	main, err := os.ReadFile(filepath.Join(r.root, "lib/cli/main.go"))
	if err != nil {
		return err
	}
	m := regexp.MustCompile(`(?m)^var Version = "(.*)"$`).FindSubmatch(main)
	if m == nil {
		return errors.New("lib/cli/main.go has no version")
	}
	r.version = string(m[1])
	if r.when, err = r.commitTime(); err != nil {
		return err
	}
	if err := r.shared(); err != nil {
		return fmt.Errorf("man pages: %w", err)
	}
	var images []string
	for target := range strings.SplitSeq(*targets, ",") {
		system, arch, ok := strings.Cut(target, "/")
		if !ok {
			return fmt.Errorf("-targets: %q is no SYSTEM/ARCHITECTURE", target)
		}
		bin, err := r.build(system, arch)
		if err == nil {
			err = r.archive(system, arch, bin)
		}
		if err == nil && system == "linux" {
			err = cmp.Or(r.debian(arch, bin), r.rpm(arch, bin))
			images = append(images, arch)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		fmt.Println(target)
	}
	if len(images) > 0 {
		if err := r.image(images); err != nil {
			return fmt.Errorf("image: %w", err)
		}
	}
	if err := r.bill(); err != nil {
		return fmt.Errorf("SBOM: %w", err)
	}
	fmt.Println(r.vulnerabilities())
	return r.checksums()
}

// vulnerabilities says what govulncheck knows of the sources, or in a line why it
// does not tell, such as a database that can't be reached.
func (r *release) vulnerabilities() string {
	err := r.command(nil, "go", "run", "golang.org/x/vuln/cmd/govulncheck@latest", "./...")
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "govulncheck: no known vulnerabilities"
	case errors.As(err, &exit) && strings.Contains(err.Error(), "Your code is affected"):
		return err.Error()
	}
	reason := strings.TrimSuffix(strings.TrimSpace(err.Error()), "\nexit status 1") // go run's
	return "not checked for vulnerabilities: " + reason[strings.LastIndexByte(reason, '\n')+1:]
}

// shared has the commands write their man pages and completions, and keeps them.
func (r *release) shared() error {
	r.host = filepath.Join(r.work, "host")
	if err := r.command([]string{"CGO_ENABLED=0", "GOFLAGS="}, "go", "build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", r.host+"/", "./cmd/..."); err != nil {
		return err
	}
	tree := filepath.Join(r.work, "tree")
	if err := r.command([]string{"DESTDIR=" + tree}, "scripts/install", "--no-service", "--bin", r.host, "--prefix", "/usr"); err != nil {
		return err
	}
	top := filepath.Join(tree, "usr")
	return filepath.WalkDir(filepath.Join(top, "share"), func(name string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, name)
		r.share = append(r.share, member{filepath.ToSlash(rel), 0o644, text})
		return err
	})
}

// commitTime is SOURCE_DATE_EPOCH, or the time of the last commit.
func (r *release) commitTime() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		c := exec.Command("git", "log", "-1", "--format=%ct")
		c.Dir = r.root
		b, err := c.Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("git log: %w (or set SOURCE_DATE_EPOCH)", err)
		}
		text = string(b)
	}
	sec, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return time.Unix(sec, 0).UTC(), err
}

func (r *release) command(env []string, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Dir = r.root
	c.Env = append(os.Environ(), env...)
	if b, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, b)
	}
	return nil
}

// build builds the commands, and returns the directory that they are in.
func (r *release) build(system, arch string) (string, error) {
	bin := filepath.Join(r.work, system+"-"+arch)
	r.bins = append(r.bins, bin)
	env := []string{"CGO_ENABLED=0", "GOOS=" + system, "GOARCH=" + arch, "GOFLAGS="}
	return bin, r.command(env, "go", "build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", bin+"/", "./cmd/...")
}

// A member is a file of an archive.
type member struct {
	name string
	mode int64
	text []byte
}

// members are the commands and documents, in the order of their names.
func (r *release) members(bin string) ([]member, error) {
	var all []member
	add := func(dir, name string, mode int64) error {
		text, err := os.ReadFile(filepath.Join(dir, name))
		all = append(all, member{name, mode, text})
		return err
	}
	commands, err := os.ReadDir(bin)
	if err != nil {
		return nil, err
	}
	for _, c := range commands {
		if err := add(bin, c.Name(), 0o755); err != nil {
			return nil, err
		}
	}
	for _, name := range documents {
		if err := add(r.root, name, 0o644); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}

// archive writes the archive of a system: zip for Windows, tar otherwise.
func (r *release) archive(system, arch, bin string) error {
	all, err := r.members(bin)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("merctools-%s-%s-%s", r.version, system, arch)
	if system != "windows" { // which has neither man nor these shells
		all = append(all, r.share...)
	}
	var b bytes.Buffer
	if system == "windows" {
		z := zip.NewWriter(&b)
		for _, m := range all {
			h := &zip.FileHeader{Name: name + "/" + m.name, Method: zip.Deflate, Modified: r.when}
			h.SetMode(os.FileMode(m.mode))
			w, err := z.CreateHeader(h)
			if err == nil {
				_, err = w.Write(m.text)
			}
			if err != nil {
				return err
			}
		}
		if err := z.Close(); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(r.dir, name+".zip"), b.Bytes(), 0o644)
	}
	z := gzip.NewWriter(&b)
	if err := r.tar(z, name+"/", all); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, name+".tar.gz"), b.Bytes(), 0o644)
}

// tar writes files with the time of the release, and root as their owner.
func (r *release) tar(w io.Writer, prefix string, all []member) error {
	t := tar.NewWriter(w)
	for _, m := range all {
		h := &tar.Header{Name: prefix + m.name, Mode: m.mode, Size: int64(len(m.text)), ModTime: r.when, Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(m.text); err != nil {
			return err
		}
	}
	return t.Close()
}

// debian makes the Debian package.
func (r *release) debian(arch, bin string) error {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		fmt.Println("no Debian package: dpkg-deb is not there")
		return nil
	}
	env := []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(r.when.Unix(), 10)}
	return r.command(env, "scripts/package", "--out", r.dir, "--arch", arch, "--bin", bin)
}

// checksums writes SHA256SUMS, as sha256sum reads it.
func (r *release) checksums() error {
	var b bytes.Buffer
	err := filepath.WalkDir(r.dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || e.Name() == "SHA256SUMS" {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		rel, err := filepath.Rel(r.dir, name)
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(h.Sum(nil)), rel)
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, "SHA256SUMS"), b.Bytes(), 0o644)
}
