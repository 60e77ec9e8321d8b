package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestSameBytes checks that archives and images are the same when they are made
// again, that images are valid, and that sha256sum finds the sums right.
func TestSameBytes(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for range 2 {
		r := release{
			root: root, dir: t.TempDir(), work: t.TempDir(), version: "1", when: time.Unix(1.7e9, 0).UTC(),
			share: []member{{"share/man/man1/mercury.1", 0o644, []byte("page")}},
		}
		for _, target := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}} {
			bin := filepath.Join(r.work, target[0]+"-"+target[1])
			if err := os.MkdirAll(bin, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"mercury", "merc-fp"} {
				if err := os.WriteFile(filepath.Join(bin, name), []byte(name+target[1]), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.archive(target[0], target[1], bin); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.image([]string{"amd64", "arm64"}); err != nil {
			t.Fatal(err)
		}
		if err := r.checksums(); err != nil {
			t.Fatal(err)
		}
		index, err := layout.ImageIndexFromPath(filepath.Join(r.dir, "merctools-1-oci"))
		if err == nil {
			err = validate.Index(index)
		}
		if err != nil {
			t.Error(err)
		}
		checkTypes(t, index)
		dirs = append(dirs, r.dir)
	}
	if out, err := exec.Command("diff", "-r", dirs[0], dirs[1]).CombinedOutput(); err != nil {
		t.Errorf("not the same bytes: %s", out)
	}
	sums := exec.Command("sha256sum", "--check", "--quiet", "SHA256SUMS")
	sums.Dir = dirs[0]
	if out, err := sums.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dirs[0], "SHA256SUMS"))
	if err != nil || !strings.Contains(string(text), "  merctools-1-windows-amd64.zip\n") {
		t.Errorf("%v: %s", err, text)
	}
}

// checkTypes checks that an index and all below it are of OCI's types, which is
// all that some programs take from a layout.
func checkTypes(t *testing.T, index v1.ImageIndex) {
	t.Helper()
	list, err := index.IndexManifest()
	if err != nil || list.MediaType != types.OCIImageIndex || len(list.Manifests) != 2 {
		t.Fatal(list, err)
	}
	for _, d := range list.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		m, err := image.Manifest()
		if err != nil || d.MediaType != types.OCIManifestSchema1 || m.MediaType != types.OCIManifestSchema1 || m.Config.MediaType != types.OCIConfigJSON || len(m.Layers) != 1 || m.Layers[0].MediaType != types.OCILayer {
			t.Errorf("%v: %s, %+v", err, d.MediaType, m)
		}
	}
}
