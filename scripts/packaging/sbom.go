package main

import (
	"debug/buildinfo"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bill writes the list of modules that the commands are made of, as the
// commands themselves say.
func (r *release) bill() error {
	var files []string
	for _, bin := range r.bins {
		list, err := filepath.Glob(filepath.Join(bin, "*"))
		if err != nil {
			return err
		}
		files = append(files, list...)
	}
	seen := map[string]bool{}
	var components []cdx.Component
	add := func(name, version string) {
		if seen[name+version] {
			return
		}
		seen[name+version] = true
		url := "pkg:golang/" + name + "@" + version
		components = append(components, cdx.Component{Type: cdx.ComponentTypeLibrary, BOMRef: url, Name: name, Version: version, PackageURL: url})
	}
	for _, name := range files {
		info, err := buildinfo.ReadFile(name)
		if err != nil {
			return err
		}
		add("std", strings.TrimPrefix(info.GoVersion, "go"))
		for _, d := range info.Deps {
			if d.Replace != nil {
				d = d.Replace
			}
			add(d.Path, d.Version)
		}
	}
	slices.SortFunc(components, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: r.when.Format(time.RFC3339),
		Component: &cdx.Component{Type: cdx.ComponentTypeApplication, BOMRef: "merctools", Name: "merctools", Version: r.version},
	}
	bom.Components = &components
	f, err := os.Create(filepath.Join(r.dir, "merctools-"+r.version+".cdx.json"))
	if err != nil {
		return err
	}
	return errors.Join(cdx.NewBOMEncoder(f, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6), f.Close())
}
