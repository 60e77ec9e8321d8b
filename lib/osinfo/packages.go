package osinfo

import (
	"bytes"
	"io/fs"
	"strings"
)

// aliases are the names that a package may have a file under: where /bin, /sbin
// and /lib are links to directories in /usr, packages know either.
func aliases(name string) []string {
	if rest, ok := strings.CutPrefix(name, "/usr/"); ok {
		return []string{name, "/" + rest}
	}
	return []string{name, "/usr" + name}
}

const (
	dpkgLists  = "var/lib/dpkg/info"
	dpkgStatus = "var/lib/dpkg/status"
	apkDB      = "lib/apk/db/installed"
)

// dpkg looks a file up in the database of Debian's package manager. Each
// package has a list of its files, one on a line.
func dpkg(s *System, name string) (pkg, version string) {
	entries, err := fs.ReadDir(s.root.FS(), dpkgLists)
	if err != nil {
		return "", ""
	}
	for _, e := range entries {
		pkg, ok := strings.CutSuffix(e.Name(), ".list")
		if !ok || !hasLine(s.read(dpkgLists+"/"+e.Name()), name) {
			continue
		}
		pkg, _, _ = strings.Cut(pkg, ":") // libc6:amd64
		return pkg, dpkgVersion(s.read(dpkgStatus), pkg)
	}
	return "", ""
}

func hasLine(text []byte, line string) bool {
	for len(text) > 0 {
		i := bytes.Index(text, []byte(line))
		if i < 0 {
			return false
		}
		end := i + len(line)
		if (i == 0 || text[i-1] == '\n') && (end == len(text) || text[end] == '\n') {
			return true
		}
		text = text[end:]
	}
	return false
}

// dpkgVersion finds the version of a package in the list of all packages:
// stanzas of fields, with an empty line between them.
func dpkgVersion(status []byte, pkg string) string {
	for stanza := range strings.SplitSeq(string(status), "\n\n") {
		if field(stanza, "Package") == pkg {
			return upstream(field(stanza, "Version"))
		}
	}
	return ""
}

func field(stanza, name string) string {
	for line := range strings.SplitSeq(stanza, "\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// upstream is a version without epoch and Debian's revision (Debian Policy
// Manual, section 5.6.12).
func upstream(version string) string {
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	if i := strings.LastIndexByte(version, '-'); i > 0 {
		version = version[:i]
	}
	return version
}

// apk looks a file up in the database of Alpine's package manager: stanzas of
// lines with a letter and a colon, F for a directory, R for a file in it.
func apk(s *System, name string) (pkg, version string) {
	dir, file := "", ""
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, file = strings.TrimPrefix(name[:i], "/"), name[i+1:]
	}
	in := false
	for line := range strings.SplitSeq(string(s.read(apkDB)), "\n") {
		if line == "" {
			pkg, version, in = "", "", false
			continue
		}
		kind, value, _ := strings.Cut(line, ":")
		switch kind {
		case "P":
			pkg = value
		case "V":
			version = value
		case "F":
			in = value == dir
		case "R":
			if in && value == file {
				if i := strings.LastIndex(version, "-r"); i > 0 {
					version = version[:i]
				}
				return pkg, version
			}
		}
	}
	return "", ""
}
