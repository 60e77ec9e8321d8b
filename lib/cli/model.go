package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"merctools/lib/analysis"
)

// DefaultResources is where the resource archive is looked for if none is
// named.
const DefaultResources = "/usr/local/share/mercury/resources.tgz"

// LoadModel loads a resource archive. What is wrong with it, but does not
// keep it from being used, goes to standard error.
func LoadModel(name string, minimizeRAM, verbose bool) (*analysis.Model, error) {
	if name == "" {
		name = DefaultResources
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := analysis.Load(f, analysis.LoadOptions{
		MinimizeRAM: minimizeRAM,
		Report: func(n analysis.Notice) {
			fmt.Fprintf(os.Stderr, "%s: %s\n", filepath.Base(name), n)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if verbose {
		fmt.Fprintf(os.Stderr, "resources: %s, version %s\n", name, m.Version())
	}
	return m, nil
}
