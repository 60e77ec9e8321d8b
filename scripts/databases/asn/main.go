// Asn-db makes a MaxMind DB file of comma-separated lists of address ranges:
//
//	first address, last address, number of an autonomous system, its name
//	first address, last address, country
//
// Lists of both kinds can go into one file. Addresses are IPv4 or IPv6.
package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/inserter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func main() {
	log.SetFlags(0)
	out := flag.String("o", "", "file to write")
	terms := flag.String("terms", "", "where the data is from and under what terms; it becomes part of the file")
	flag.Parse()
	if *out == "" || *terms == "" || flag.NArg() == 0 {
		log.Fatal("usage: asn-db -o FILE.mmdb -terms TEXT LIST.csv...")
	}
	if err := run(*out, *terms, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(out, terms string, lists []string) error {
	t, err := newTree(terms, time.Now().Unix())
	if err != nil {
		return err
	}
	ranges := 0
	for _, name := range lists {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		n, err := add(t, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ranges += n
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	size, err := t.WriteTo(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	log.Printf("%s: %d ranges, %d bytes", out, ranges, size)
	return nil
}

func newTree(terms string, now int64) (*mmdbwriter.Tree, error) {
	return mmdbwriter.New(mmdbwriter.Options{
		BuildEpoch:   now,
		DatabaseType: "ASN",
		Description:  map[string]string{"en": terms},
		Languages:    []string{"en"},
		RecordSize:   28,
		Inserter:     inserter.TopLevelMergeWith,
		// The lists are lists of what is, wherever that may be.
		IncludeReservedNetworks: true,
		DisableIPv4Aliasing:     true,
	})
}

// add inserts the ranges of a list and returns how many there were.
func add(t *mmdbwriter.Tree, list io.Reader) (ranges int, err error) {
	r := csv.NewReader(list)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return ranges, nil
		}
		if err != nil {
			return ranges, err
		}
		line, _ := r.FieldPos(0)
		if err := addRange(t, fields); err != nil {
			return ranges, fmt.Errorf("line %d: %w", line, err)
		}
		ranges++
	}
}

var (
	errFields  = errors.New("neither a range with an autonomous system and its name nor one with a country")
	errRange   = errors.New("not a range of addresses of one version")
	errCountry = errors.New("not a country code")
)

func addRange(t *mmdbwriter.Tree, fields []string) error {
	var value mmdbtype.Map
	switch len(fields) {
	case 4:
		asn, err := strconv.ParseUint(fields[2], 10, 32)
		if err != nil {
			return err
		}
		value = mmdbtype.Map{
			"autonomous_system_number":       mmdbtype.Uint32(asn),
			"autonomous_system_organization": mmdbtype.String(fields[3]),
		}
	case 3:
		if len(fields[2]) != 2 {
			return errCountry
		}
		value = mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(fields[2])}}
	default:
		return errFields
	}
	first, err := netip.ParseAddr(fields[0])
	if err != nil {
		return err
	}
	last, err := netip.ParseAddr(fields[1])
	if err != nil {
		return err
	}
	if first.Is4() != last.Is4() || last.Less(first) {
		return errRange
	}
	return t.InsertRange(net.IP(first.AsSlice()), net.IP(last.AsSlice()), value)
}
