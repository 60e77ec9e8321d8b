package osinfo

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tree makes a root directory with files.
func tree(t *testing.T, files map[string]string) *System {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := OpenSystem(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var debian = map[string]string{
	"etc/os-release":                     "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n",
	"usr/bin/curl":                       "abc",
	"var/lib/dpkg/info/curl.list":        "/.\n/usr\n/usr/bin\n/usr/bin/curl\n/usr/share/doc/curl\n",
	"var/lib/dpkg/info/libc6:amd64.list": "/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n",
	"var/lib/dpkg/info/zsh.list":         "/bin/zsh",
	"var/lib/dpkg/info/curl.md5sums":     "x  usr/bin/curl\n",
	"var/lib/dpkg/status": "Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10+deb12u12\nDescription: x\n Version: no\n\n" +
		"Package: zsh\nVersion: 1:5.9-4+b2\n\nPackage: libc6\nVersion: 2.36-9+deb12u10\n",
}

func TestDescribe(t *testing.T) {
	s := tree(t, debian)
	got, err := s.Inspect("/usr/bin/curl", nil)
	want := Program{"/usr/bin/curl", "curl", "7.88.1", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got.Name() != "curl" {
		t.Errorf("name %q", got.Name())
	}
	if s.CPE() != "cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*" {
		t.Errorf("CPE %q", s.CPE())
	}
	if _, err := s.Inspect("/usr/bin/wget", nil); err == nil {
		t.Error("a file that isn't there was described")
	}
	if _, err := s.Inspect("/usr/bin", nil); err == nil {
		t.Error("a directory was described")
	}
}

func TestPackageOf(t *testing.T) {
	s := tree(t, debian)
	for _, c := range []struct{ path, pkg, version string }{
		{"/usr/bin/curl", "curl", "7.88.1"},
		{"/usr/bin/../bin/curl", "curl", "7.88.1"},
		{"/bin/curl", "curl", "7.88.1"},
		{"/usr/bin/zsh", "zsh", "5.9"},
		{"/bin/zsh", "zsh", "5.9"},
		{"/usr/lib/x86_64-linux-gnu/libc.so.6", "libc6", "2.36"},
		{"/usr/bin/cur", "", ""},
		{"/usr/bin/curl2", "", ""},
		{"/opt/tool", "", ""},
	} {
		if pkg, version := s.PackageOf(c.path); pkg != c.pkg || version != c.version {
			t.Errorf("%s: %q %q, want %q %q", c.path, pkg, version, c.pkg, c.version)
		}
	}
	s = tree(t, map[string]string{
		"etc/os-release": "ID=alpine\nVERSION_ID=3.20.1\n",
		"lib/apk/db/installed": "C:Q1\nP:busybox\nV:1.36.1-r29\nF:bin\nR:busybox\n\n" +
			"P:curl\nV:8.9.0-r0\nF:usr\nF:usr/bin\nR:curl\nF:usr/share\nR:wget\n",
	})
	for _, c := range []struct{ path, pkg, version string }{
		{"/usr/bin/curl", "curl", "8.9.0"}, {"/bin/busybox", "busybox", "1.36.1"}, {"/usr/bin/wget", "", ""},
	} {
		if pkg, version := s.PackageOf(c.path); pkg != c.pkg || version != c.version {
			t.Errorf("%s: %q %q, want %q %q", c.path, pkg, version, c.pkg, c.version)
		}
	}
	if s.CPE() != "cpe:2.3:o:alpinelinux:alpine_linux:3.20.1:*:*:*:*:*:*:*" {
		t.Errorf("CPE %q", s.CPE())
	}
}

// The program of the test is of no package, and its module has no version.
func TestOwnProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSystem(filepath.VolumeName(exe) + string(filepath.Separator))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, err := os.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := s.Inspect(exe, f)
	if err != nil || len(p.SHA256) != 64 || p.Package != "" || p.Version != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCPE(t *testing.T) {
	for _, c := range []struct{ release, want string }{
		{"CPE_NAME=\"cpe:/o:fedoraproject:fedora:39\"\nID=fedora\n", "cpe:2.3:o:fedoraproject:fedora:39:*:*:*:*:*:*:*"},
		{"CPE_NAME='cpe:2.3:o:amazon:amazon_linux:2023'", "cpe:2.3:o:amazon:amazon_linux:2023"},
		{"CPE_NAME=\"cpe:/o:redhat:enterprise_linux:9::baseos\"", "cpe:2.3:o:redhat:enterprise_linux:9:*:baseos:*:*:*:*:*"},
		{"ID=ubuntu\nVERSION_ID=\"24.04\"", "cpe:2.3:o:canonical:ubuntu_linux:24.04:*:*:*:*:*:*:*"},
		{"ID=arch\nBUILD_ID=rolling", "cpe:2.3:o:archlinux:arch_linux:*:*:*:*:*:*:*:*"},
		{"#ID=debian\nID=mine\nVERSION_ID=1", ""},
		{"ID=debian\nVERSION_ID=1+2", `cpe:2.3:o:debian:debian_linux:1\+2:*:*:*:*:*:*:*`},
		{"", ""},
		{"CPE_NAME=cpe:/" + strings.Repeat("a:", 20), ""},
	} {
		if got := cpe(c.release); got != c.want {
			t.Errorf("%q: %q, want %q", c.release, got, c.want)
		}
	}
}

func TestRootIsNotLeft(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "os-release")
	if err := os.WriteFile(outside, []byte("ID=debian\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "etc/os-release")); err != nil {
		if runtime.GOOS == "windows" {
			t.Skipf("skipped: symbolic links need a privilege: %v", err)
		}
		t.Fatal(err)
	}
	s, err := OpenSystem(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.CPE() != "" {
		t.Errorf("read a file outside the root: %q", s.CPE())
	}
}
