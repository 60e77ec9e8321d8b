package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"merctools/lib/analysis"
	"merctools/lib/resources"
)

// LoadModel loads a resource archive; without a name, the default one. What is
// wrong with it, but does not keep it from being used, goes to standard error.
func LoadModel(name string, minimizeRAM, verbose bool) (*analysis.Model, error) {
	f, name, err := resources.Open(name)
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
