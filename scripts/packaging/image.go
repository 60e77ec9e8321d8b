package main

import (
	"bytes"
	"io"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image writes an image for each architecture, as an OCI layout: a layer with
// the commands and nothing else, since they are static. They run as nobody; to
// capture, give the container CAP_NET_RAW and another user.
func (r *release) image(archs []string) error {
	index := v1.ImageIndex(empty.Index)
	for _, arch := range archs {
		all, err := r.members(filepath.Join(r.work, "linux-"+arch))
		if err != nil {
			return err
		}
		var files []member
		for _, m := range all {
			if m.mode == 0o755 {
				m.name = "usr/bin/" + m.name
			} else {
				m.name = "usr/share/doc/merctools/" + m.name
			}
			files = append(files, m)
		}
		var b bytes.Buffer
		if err := r.tar(&b, "", files); err != nil {
			return err
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }, tarball.WithMediaType(types.OCILayer))
		if err != nil {
			return err
		}
		base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		image, err := mutate.AppendLayers(base, layer)
		if err != nil {
			return err
		}
		config, err := image.ConfigFile()
		if err != nil {
			return err
		}
		config = config.DeepCopy()
		config.OS, config.Architecture, config.Created = "linux", arch, v1.Time{Time: r.when}
		config.Config = v1.Config{User: "65534:65534", Env: []string{"PATH=/usr/bin"}, Entrypoint: []string{"/usr/bin/mercury"}}
		if image, err = mutate.ConfigFile(image, config); err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	_, err := layout.Write(filepath.Join(r.dir, "merctools-"+r.version+"-oci"), index)
	return err
}
