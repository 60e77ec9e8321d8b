package cbom_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"merctools/lib/report"
	"merctools/lib/report/cbom"
	"merctools/lib/report/reporttest"
)

// schema is the official JSON Schema, which the module brings.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Skipf("no go command to find the schema with: %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "schema")
	c := jsonschema.NewCompiler()
	for file, id := range map[string]string{
		"bom-1.6.schema.json": "http://cyclonedx.org/schema/bom-1.6.schema.json", "spdx.schema.json": "http://cyclonedx.org/schema/spdx.schema.json",
		"jsf-0.82.schemax.json": "http://cyclonedx.org/schema/jsf-0.82.schema.json",
	} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil && strings.HasPrefix(file, "jsf") {
			file = "jsf-0.82.schema.json"
		}
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := c.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bom writes an inventory, checks it against the schema, and reads it.
func bom(t *testing.T, s *jsonschema.Schema, c *report.Collector) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := cbom.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Fatalf("%.2000s", err.Error())
	}
	var v map[string]any
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// components are those of an inventory, by their references.
func components(v map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	list, _ := v["components"].([]any)
	for _, c := range list {
		c := c.(map[string]any)
		all[c["bom-ref"].(string)] = c
	}
	return all
}

// The inventory of a laboratory has its servers, with what they chose, and all
// references lead somewhere.
func TestInventory(t *testing.T) {
	s := schema(t)
	c := report.New(report.MaxMemory)
	reporttest.Collect(t, c, "tls12.pcap", "tls13.pcap", "ssh.pcap", "quic.pcap", "dtls.pcap")
	v := bom(t, s, c)
	all := components(v)
	level := func(ref string) any {
		p, _ := all["algorithm/"+ref]["cryptoProperties"].(map[string]any)
		a, _ := p["algorithmProperties"].(map[string]any)
		return a["nistQuantumSecurityLevel"]
	}
	for ref, want := range map[string]any{"x25519": 0.0, "AES-256-GCM": 5.0, "AES-128-CTR": nil, "aes128-ctr": 1.0, "rsaEncryption-2048": 0.0, "sntrup761x25519-sha512": nil} {
		if got := level(ref); got != want {
			t.Errorf("%s has level %v, not %v", ref, got, want)
		}
	}
	service := all["service/tcp/192.0.2.2:443"]
	if service == nil {
		t.Fatalf("no service at 192.0.2.2:443")
	}
	text := fmt.Sprint(service)
	for _, want := range []string{"TLS_AES_256_GCM_SHA384", "x25519", "merctools:first_seen", "certificate/", "www.example.com", "protocol"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	certificates := 0
	for ref, c := range all {
		if c["type"] != "cryptographic-asset" {
			t.Errorf("%s is of type %v", ref, c["type"])
		}
		if strings.HasPrefix(ref, "certificate/") {
			certificates++
		}
	}
	if certificates < 3 {
		t.Errorf("%d certificates", certificates)
	}
	for _, d := range v["dependencies"].([]any) {
		d := d.(map[string]any)
		on, _ := d["dependsOn"].([]any)
		for _, ref := range append(on, d["ref"]) {
			if all[ref.(string)] == nil {
				t.Errorf("%v leads nowhere", ref)
			}
		}
	}
}

// Hostile text makes no document invalid.
func TestHostile(t *testing.T) {
	s := schema(t)
	c := report.New(report.MaxMemory)
	reporttest.Hostile(c)
	bom(t, s, c)
	bom(t, s, report.New(report.MaxMemory))
}
