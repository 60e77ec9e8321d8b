package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"merctools/lib/cli"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprintdb/archive"
)

// info writes what there is in an archive.
func (c *command) info(env *cli.Env) error {
	r, called, key, err := c.ArchiveFlags.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	c.Confine(env, c.Verbose, cli.Needs{})
	return resourcesInfo(env.Stdout, r, called, key)
}

// resourcesInfo writes what there is in an archive that is open.
func resourcesInfo(w io.Writer, r io.Reader, called string, key []byte) error {
	info, err := fingerprintdb.ReadInfo(r, key, archive.Limits{})
	if err != nil {
		return fmt.Errorf("%s: %w", called, err)
	}
	total := 0
	for _, n := range info.Fingerprints {
		total += n
	}
	p := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format, args...)
		}
	}
	p("archive: %s\n", cli.Printable(called))
	p("version: %s\n", cli.Printable(info.Version))
	p("processes: %d, of them malware: %d\n", info.Processes, info.Malware)
	p("fingerprints with processes: %d\n", total)
	for _, kind := range slices.Sorted(maps.Keys(info.Fingerprints)) {
		p("  %s: %d\n", cli.Printable(kind), info.Fingerprints[kind])
	}
	p("common TLS fingerprints: %d\n", info.Prevalent)
	p("operating systems: %d\n", len(info.Systems))
	for _, s := range info.Systems {
		p("  %s\n", cli.Printable(s))
	}
	p("networks of autonomous systems: %d\n", info.Subnets)
	p("servers for encrypted DNS: %d\n", info.Watchlist)
	p("networks of domains: %d\n", info.Domains)
	return err
}
