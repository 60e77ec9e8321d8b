package fingerprintdb

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"merctools/lib/fingerprintdb/archive"
)

// Info sums up what an archive has.
type Info struct {
	Version      string
	Fingerprints map[string]int // by type and format, such as tls/2
	Processes    int            // distinct names
	Malware      int            // of them, those that are malware with some fingerprint
	Systems      []string       // CPEs
	Prevalent    int            // fingerprints in FilePrevalence
	Subnets      int            // networks in FileSubnets that have an autonomous system
	Watchlist    int            // lines of FileWatchlist
	Domains      int            // lines of FileDomains
}

// ReadInfo reads an archive and sums it up.
func ReadInfo(r io.Reader, key []byte, limits archive.Limits) (*Info, error) {
	a, err := archive.NewReader(r, key, limits)
	if err != nil {
		return nil, err
	}
	info := &Info{Fingerprints: make(map[string]int)}
	processes, malware, systems := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var reader EntryReader
	var e Entry
	var bad badLines
	err = a.Each(func(name string, line []byte) error {
		switch name {
		case FileVersion:
			info.Version += string(line)
		case FilePrevalence:
			info.Prevalent++
		case FileSubnets:
			if fields := strings.Fields(string(line)); len(fields) > 1 && fields[1] != "0" {
				info.Subnets++
			}
		case FileWatchlist:
			info.Watchlist++
		case FileDomains:
			info.Domains++
		case FileDatabase:
			failed := reader.Read(line, &e) != nil
			if err := bad.count(failed); failed || err != nil {
				return err
			}
			for _, fp := range append(e.Others, e.Fingerprint) {
				if fp != "" {
					info.Fingerprints[typeAndFormat(fp)]++
				}
			}
			for _, p := range e.Processes {
				processes[p.Name] = true
				if p.Malware {
					malware[p.Name] = true
				}
				for s := range p.Systems {
					systems[s] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	info.Processes, info.Malware = len(processes), len(malware)
	delete(systems, "")
	info.Systems = slices.Sorted(maps.Keys(systems))
	return info, nil
}

// typeAndFormat is the type of a fingerprint, with its format unless that is 0.
func typeAndFormat(fp string) string {
	name, format, _ := splitFingerprint(fp)
	if name == "" {
		name, _, _ = strings.Cut(fp, "/")
	}
	if format > 0 {
		return fmt.Sprintf("%s/%d", name, format)
	}
	return name
}
