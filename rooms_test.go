package merctools

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages from the highest to the lowest. A package imports
// only what is in a line below its own. Packages in a folder of a room belong
// to it, and import each other freely; "/*" makes a room of each folder.
var rooms = [][]string{
	{"cmd", "cmd/*", "scripts/*"},
	{"lib/report/reporttest"}, // for tests
	{"lib/metrics"},
	{"lib/cli", "lib/bus"},
	{"lib/schema", "lib/selector"},
	{"lib/report"},
	{"lib/output"},
	{"lib/pipeline"},
	{"lib/capi"},
	{"lib/capture"},
	{"lib/engine"},
	{"lib/annotate"},
	{"lib/fingerprintdb/build"},
	{"lib/record/envelope"},
	{"lib/fingerprintdb"},
	{"lib/cryptopolicy"},
	{"lib/hoststats", "lib/geoip"},
	{"lib/process"},
	{"lib/osinfo"},
	{"lib/internal/stream"},
	{"lib/fingerprints", "lib/members", "lib/explain"},
	{"lib/ja", "lib/hassh"},
	{"lib/proto/registry"},
	{"lib/proto/*"},
	{"lib/proto"},
	{"lib/packet"},
	{"lib/internal/reassembly"},
	{"lib/flow"},
	{"lib/internal/detect"},
	{"lib/fdc"},
	{"lib/npf"},
	{"lib/certificate"},
	{"lib/ber"},
	{"lib/indicators", "lib/export"},
	{"lib/internal/lenientbase64", "lib/internal/atomicfile", "lib/internal/memo", "lib/internal/hpkeid", "lib/internal/sandbox"},
	{"lib/summary"},
	{"lib/record"},
	{"lib/wire"},
}

// exceptions are what packages of the same line import of each other:
// messages that embed those of another protocol.
var exceptions = map[string][]string{
	"lib/proto/dtls":    {"lib/proto/tls"},
	"lib/proto/netbios": {"lib/proto/dns"},
	"lib/proto/openvpn": {"lib/proto/tls"},
	"lib/proto/quic":    {"lib/proto/tls"},
}

// strangers are packages that a room must not import, although they are
// below it, because it must know nothing of them.
var strangers = map[string][]string{
	"lib/cli":             {"lib/proto/"},
	"lib/pipeline":        {"lib/proto"},
	"lib/capture":         {"lib/proto", "lib/engine"},
	"lib/engine":          {"lib/proto/"},
	"lib/fingerprintdb":   {"lib/proto", "lib/packet", "lib/wire"},
	"lib/hoststats":       {"lib/proto", "lib/packet", "lib/wire"},
	"lib/internal/detect": {"lib/proto", "lib/packet"},
}

// acquaintances are what a room may import of its strangers.
var acquaintances = map[string][]string{
	"lib/cli":    {"lib/proto/registry"}, // names of selectors
	"lib/engine": {"lib/proto/registry"}, // the list of protocols
}

func TestRooms(t *testing.T) {
	for pkg, list := range imports(t) {
		room, level := find(pkg)
		if level < 0 {
			t.Errorf("%s is in no room: give it a line among them", pkg)
			continue
		}
		for _, imp := range list {
			other, below := find(imp)
			if below <= level && room != other && !slices.Contains(exceptions[pkg], imp) {
				t.Errorf("%s imports %s, which is not below it", pkg, imp)
			}
			for _, s := range strangers[room] {
				if strings.HasPrefix(imp, s) && room != other && !slices.Contains(acquaintances[room], imp) {
					t.Errorf("%s imports %s, of which it is to know nothing", pkg, imp)
				}
			}
		}
	}
}

// find returns the room of a package and its level, which is less than 0
// where there is none.
func find(pkg string) (room string, level int) {
	for p := pkg; p != "."; p = path.Dir(p) {
		for _, name := range []string{p, path.Dir(p) + "/*"} {
			for level, line := range rooms {
				if slices.Contains(line, name) {
					return p, level
				}
			}
		}
	}
	return "", -1
}

// imports returns the packages of this module that each of them imports,
// without the module's name.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		var ours []string
		for _, p := range strings.Fields(line) {
			if p, ok := strings.CutPrefix(p, "merctools/"); ok {
				ours = append(ours, p)
			}
		}
		if len(ours) > 0 && strings.HasPrefix(line, "merctools/") {
			all[ours[0]] = ours[1:]
		}
	}
	if len(all) < 50 {
		t.Fatalf("only %d packages", len(all))
	}
	return all
}

// The test finds what it is for.
func TestFindRoom(t *testing.T) {
	for _, tt := range []struct{ pkg, room, below string }{
		{"lib/proto/tls", "lib/proto/tls", "lib/proto/registry"},
		{"lib/proto/registry", "lib/proto/registry", "lib/engine"},
		{"lib/proto", "lib/proto", "lib/proto/tls"},
		{"lib/fingerprintdb/archive", "lib/fingerprintdb", "lib/engine"},
		{"cmd/mercury", "cmd/mercury", ""},
		{"lib/wire", "lib/wire", "lib/record"},
	} {
		room, level := find(tt.pkg)
		if room != tt.room {
			t.Errorf("%s is in %s", tt.pkg, room)
		}
		if _, above := find(tt.below); tt.below != "" && above >= level {
			t.Errorf("%s is not below %s", tt.pkg, tt.below)
		}
	}
	if room, level := find("lib/helpers"); level >= 0 {
		t.Errorf("there is a room %s", room)
	}
}
