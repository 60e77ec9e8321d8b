package osinfo

import (
	"io"
	"os"
	"strings"
)

// maxRelease is how much of os-release is read.
const maxRelease = 64 << 10

// cpeOf reads os-release(5), which some systems name themselves in as a CPE.
func cpeOf(root *os.Root) string {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
		if err != nil {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(f, maxRelease))
		f.Close()
		if err == nil {
			return cpe(string(b))
		}
	}
	return ""
}

// vendors are the vendor and the product, as the CPE dictionary has them, of
// systems that don't say so in os-release.
var vendors = map[string]string{
	"debian":  "debian:debian_linux",
	"ubuntu":  "canonical:ubuntu_linux",
	"alpine":  "alpinelinux:alpine_linux",
	"kali":    "kali:linux",
	"arch":    "archlinux:arch_linux",
	"gentoo":  "gentoo:linux",
	"manjaro": "manjaro:linux",
}

func cpe(release string) string {
	value := map[string]string{}
	for line := range strings.SplitSeq(release, "\n") {
		k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && k != "" && k[0] != '#' {
			value[k] = unquote(v)
		}
	}
	if name := formatted(value["CPE_NAME"]); name != "" {
		return name
	}
	vendor, ok := vendors[value["ID"]]
	if !ok {
		return ""
	}
	version := escapeCPE(value["VERSION_ID"])
	if version == "" {
		version = "*"
	}
	return "cpe:2.3:o:" + vendor + ":" + version + strings.Repeat(":*", 7)
}

// unquote takes the quotes off a value, as a shell does.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return strings.NewReplacer(`\"`, `"`, `\$`, `$`, "\\`", "`", `\\`, `\`).Replace(s)
}

// cpeParts is how many parts a formatted string has after "cpe:2.3:".
const cpeParts = 11

// formatted makes a CPE 2.3 formatted string of a name in that form or, as in
// most files, in the older form of a URI ("cpe:/o:vendor:product:version").
func formatted(name string) string {
	if strings.HasPrefix(name, "cpe:2.3:") {
		return name
	}
	rest, ok := strings.CutPrefix(name, "cpe:/")
	if !ok {
		return ""
	}
	parts := strings.Split(rest, ":")
	if len(parts) > cpeParts {
		return ""
	}
	for len(parts) < cpeParts {
		parts = append(parts, "")
	}
	for i, p := range parts {
		if parts[i] = escapeCPE(p); parts[i] == "" {
			parts[i] = "*"
		}
	}
	return "cpe:2.3:" + strings.Join(parts, ":")
}

// escapeCPE writes a value as a part of a formatted string: in lower case,
// with a backslash before all but letters, digits, and ".-_".
func escapeCPE(s string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(s)) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
