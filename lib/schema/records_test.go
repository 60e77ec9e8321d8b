package schema

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/cryptopolicy"
	"merctools/lib/engine"
	"merctools/lib/fingerprintdb"
	"merctools/lib/fingerprints"
	"merctools/lib/members"
	"merctools/lib/proto"
)

// configs are configurations that together write every member there is.
func configs(t *testing.T) map[string]engine.Config {
	policies, err := cryptopolicy.Parse("default")
	if err != nil {
		t.Fatal(err)
	}
	further, err := fingerprints.Parse("all")
	if err != nil {
		t.Fatal(err)
	}
	added, err := members.Parse("all", 0)
	if err != nil {
		t.Fatal(err)
	}
	complete := engine.Config{
		Options: proto.Options{Metadata: true, DNSJSON: true, CertsJSON: true, Reassembly: true,
			RawFeatures: map[string]bool{"all": true}, HTTPHeaders: proto.HTTPHeadersAll, HTTPBodyMax: 2048},
		Policies: policies, Fingerprints: further, Members: added, ExposedCreds: true, Behavior: true}
	all := map[string]engine.Config{
		"default":  {Context: true},
		"complete": complete,
		"initial data": {Options: proto.Options{
			Metadata: true, NonselectedTCPData: true, NonselectedUDPData: true, Select: proto.Selection{"none": true}}},
		"other formats": {Options: proto.Options{NonselectedTCPData: true, NonselectedUDPData: true,
			Metadata: true, TLSFormat: 2, QUICFormat: 1, QUICTrialDecryption: true, HTTPHeaders: proto.HTTPHeadersNonSensitive}},
	}
	if name := os.Getenv("MERC_RESOURCES"); name != "" {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := fingerprintdb.Load(f, fingerprintdb.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		complete.Model = m
		all["analysis"] = complete
	}
	return all
}

// captures are those of the project, and those below the directory that the
// environment names.
func captures(t *testing.T) []string {
	var names []string
	for _, dir := range []string{"../../testdata", os.Getenv("MERC_CAPTURES")} {
		if dir == "" {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if base := d.Name(); strings.Contains(base, ".pcap") || strings.Contains(base, ".cap") {
				names = append(names, path)
			}
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return names
}

// TestRecords holds the records of all captures against the schema. With
// MERC_CAPTURES set to a directory, the captures below it are used as well,
// and with MERC_RESOURCES set to a resource archive, analysis too.
func TestRecords(t *testing.T) {
	schema := compile(t)
	names := captures(t)
	if len(names) == 0 {
		t.Skip("no captures")
	}
	for kind, cfg := range configs(t) {
		t.Run(kind, func(t *testing.T) {
			e, err := engine.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			records, bad := 0, 0
			seen := map[string]bool{} // what was said before
			for _, name := range names {
				w := e.NewWorker(fingerprintdb.NewHistory())
				each(t, name, w, func(record []byte) {
					records++
					problem := validate(schema, record)
					if problem == "" {
						problem = undue(t, cfg, record)
					}
					if problem != "" {
						if bad++; !seen[problem] && len(seen) < 20 {
							seen[problem] = true
							t.Errorf("%s: %s\n%s", filepath.Base(name), problem, record)
						}
					}
				})
			}
			t.Logf("%d captures, %d records, %d of them not as the schema says", len(names), records, bad)
			if records == 0 {
				t.Error("no records")
			}
		})
	}
}

// undue returns the members that should not be there with the options of a
// configuration.
func undue(t *testing.T, cfg engine.Config, record []byte) string {
	given := map[string]bool{
		"--record-limit":                  cfg.RecordLimit > 0,
		"--metadata":                      cfg.Metadata,
		"--dns-json":                      cfg.DNSJSON,
		"--certs-json":                    cfg.CertsJSON,
		"--reassembly":                    cfg.Reassembly,
		"--raw-features":                  cfg.RawFeatures["all"],
		"--nonselected-tcp-data":          cfg.NonselectedTCPData,
		"--nonselected-udp-data":          cfg.NonselectedUDPData,
		"--analysis":                      cfg.Model != nil,
		"--add":                           cfg.Members != nil,
		"--fingerprints":                  cfg.Fingerprints != nil,
		"--crypto-assess":                 cfg.Policies != nil,
		"--exposed-creds":                 cfg.ExposedCreds,
		"--network-behavioral-detections": cfg.Behavior,
	}
	var v map[string]any
	if err := json.Unmarshal(record, &v); err != nil {
		t.Fatal(err)
	}
	var found []string
	var look func(path string, fields []proto.Field, object map[string]any)
	look = func(path string, fields []proto.Field, object map[string]any) {
		for i := range fields {
			f := &fields[i]
			v, there := object[f.Name]
			if !there {
				continue
			}
			ok := f.When == ""
			for word := range strings.FieldsSeq(f.When) {
				option, _, _ := strings.Cut(strings.TrimRight(word, ","), "=")
				if strings.HasPrefix(option, "--") {
					given, known := given[option]
					if !known {
						t.Fatalf("%s%s needs %s, which is not known", path, f.Name, option)
					}
					ok = ok || given
				}
			}
			if !ok {
				found = append(found, path+f.Name)
				continue
			}
			switch v := v.(type) {
			case map[string]any:
				look(path+f.Name+".", f.Fields, v)
			case []any:
				for _, e := range v {
					if o, ok := e.(map[string]any); ok {
						look(path+f.Name+".", f.Fields, o)
					}
				}
			}
		}
	}
	look("", fields, v)
	if len(found) == 0 {
		return ""
	}
	return "without their option: " + strings.Join(found, ", ")
}

var fields = Fields()

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(RecordSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("record.schema.json")
}

// validate says what is wrong with a record, or nothing.
func validate(s *jsonschema.Schema, record []byte) string {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(record))
	if err != nil {
		return err.Error()
	}
	if err := s.Validate(v); err != nil {
		return err.Error()
	}
	return ""
}

// each calls do with every record of a capture.
func each(t *testing.T, name string, w *engine.Worker, do func(record []byte)) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		return // a capture of another format
	}
	defer r.Close()
	var b capture.Batch
	var out []byte
	for err == nil {
		err = r.ReadBatch(&b)
		var at members.Place
		w.SetSource(members.Source{File: b.File, Interfaces: b.Interfaces, At: func() members.Place { return at }})
		for i := range b.Packets {
			at = members.Place{Number: b.First + uint64(i), Length: b.Packets[i].OrigLen, Interface: int(b.Packets[i].Interface)}
			out = w.Packet(out[:0], b.Packets[i].Link, b.Bytes(i), b.Packets[i].Time)
			if len(out) > 0 {
				do(out)
			}
		}
	}
	if err != io.EOF {
		t.Logf("%v", err) // a capture that is cut off
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compile(t)
	for _, tt := range []struct {
		record string
		ok     bool
	}{
		{`{"arp":{"hwtype":1},"event_start":1.000000}`, true},
		{`{"fingerprints":{"tls":"tls/(0301)"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":2,"event_start":0.000000}`, true},
		{`{"arp":{"hwtype":1}}`, false},
		{`{"arp":{"hwtype":-1},"event_start":1.000000}`, false},
		{`{"arp":{"hwtype":"1"},"event_start":1.000000}`, false},
		{`{"arp":{"hw":1},"event_start":1.000000}`, false},
		{`{"arp":[],"event_start":1.000000}`, false},
		{`{"rap":{},"event_start":1.000000}`, false},
		{`{"src_ip":"192.0.2.1","event_start":1.000000}`, false},
		{`{"tcp":{"data":"0G"},"event_start":1.000000}`, false},
		{`[]`, false},
	} {
		if problem := validate(s, []byte(tt.record)); (problem == "") != tt.ok {
			t.Errorf("%s: %q", tt.record, problem)
		}
	}
}
