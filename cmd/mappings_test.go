package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// ecsTypes are the fields of the Elastic Common Schema that the mapping writes,
// with their types as ECS 8.11 documents them. A "+" stands for an array.
var ecsTypes = map[string]string{
	"@timestamp": "date", "ecs.version": "keyword",
	"event.kind": "keyword", "event.category": "keyword+", "event.type": "keyword+", "event.module": "keyword", "event.dataset": "keyword",
	"observer.type": "keyword", "observer.product": "keyword",
	"network.transport": "keyword", "network.iana_number": "keyword", "network.type": "keyword", "network.protocol": "keyword",
	"network.community_id": "keyword", "network.vlan.id": "keyword",
	"source.ip": "ip", "source.port": "long", "source.mac": "mac", "destination.ip": "ip", "destination.port": "long", "destination.mac": "mac",
	"client.ip": "ip", "client.port": "long", "client.mac": "mac", "server.ip": "ip", "server.port": "long", "server.mac": "mac",
	"tls.version": "keyword", "tls.version_protocol": "keyword", "tls.cipher": "keyword", "tls.curve": "keyword", "tls.next_protocol": "keyword",
	"tls.client.server_name": "keyword", "tls.client.ja3": "keyword", "tls.server.ja3s": "keyword",
	"tls.server.subject": "keyword", "tls.server.issuer": "keyword", "tls.server.not_before": "date", "tls.server.not_after": "date",
	"tls.server.x509.serial_number": "keyword", "tls.server.x509.version_number": "keyword",
	"tls.server.x509.not_before": "date", "tls.server.x509.not_after": "date", "tls.server.x509.alternative_names": "keyword+",
	"tls.server.x509.public_key_algorithm": "keyword", "tls.server.x509.public_key_size": "long", "tls.server.x509.signature_algorithm": "keyword",
	"tls.server.x509.subject.distinguished_name": "keyword", "tls.server.x509.subject.common_name": "keyword+",
	"tls.server.x509.subject.organization": "keyword+", "tls.server.x509.subject.organizational_unit": "keyword+",
	"tls.server.x509.subject.country": "keyword+", "tls.server.x509.subject.locality": "keyword+", "tls.server.x509.subject.state_or_province": "keyword+",
	"tls.server.x509.issuer.distinguished_name": "keyword", "tls.server.x509.issuer.common_name": "keyword+",
	"tls.server.x509.issuer.organization": "keyword+", "tls.server.x509.issuer.organizational_unit": "keyword+",
	"tls.server.x509.issuer.country": "keyword+", "tls.server.x509.issuer.locality": "keyword+", "tls.server.x509.issuer.state_or_province": "keyword+",
	"dns.type": "keyword", "dns.id": "keyword", "dns.op_code": "keyword", "dns.response_code": "keyword", "dns.header_flags": "keyword+",
	"dns.question.name": "keyword", "dns.question.type": "keyword", "dns.question.class": "keyword", "dns.resolved_ip": "ip+",
	"dns.answers": "object+", "dns.answers.name": "keyword", "dns.answers.type": "keyword", "dns.answers.class": "keyword",
	"dns.answers.ttl": "long", "dns.answers.data": "keyword",
	"http.version": "keyword", "http.request.method": "keyword", "http.request.referrer": "keyword", "http.response.status_code": "long",
	"url.original": "keyword", "url.domain": "keyword", "user_agent.original": "keyword",
	"related.ip": "ip+", "related.hosts": "keyword+", "related.hash": "keyword+",
}

// mapped are records of all captures, as a jq program maps them.
func mapped(t *testing.T, program string) (list []map[string]any) {
	t.Helper()
	need(t, "jq")
	records := shell(t, "..", "mercury -a --deep --metadata --dns-json --certs-json --add=all --fingerprints=all -r 'testdata/captures/*.pcap'")
	c := exec.Command("jq", "-c", "-f", "../docs/mappings/"+program)
	c.Stdin = bytes.NewReader(records)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var v map[string]any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if len(list) < 1500 {
		t.Fatalf("only %d of %d records", len(list), bytes.Count(records, []byte("\n")))
	}
	return list
}

// TestMappingsOfNormalized checks that the documents of normalized records are
// those of the same records in mercury's form.
func TestMappingsOfNormalized(t *testing.T) {
	need(t, "jq")
	const options = "merc-fp --metadata --dns-json --certs-json --reassembly --add=all --fingerprints=all --mask-key=testdata/mask.key "
	plain := shell(t, "..", options+"--mask-secrets testdata/captures/*.pcap")
	normal := shell(t, "..", options+"--normalize testdata/captures/*.pcap")
	for _, program := range []string{"-f ../docs/mappings/ecs.jq", "-f ../docs/mappings/ocsf.jq",
		`-L ../docs/jq 'include "merc"; [.src_port, (certificate | subject, not_after), (expired | "expired")]'`} {
		var of [2][]byte
		for i, records := range [][]byte{plain, normal} {
			c := exec.Command("sh", "-c", "jq -c "+program)
			c.Stdin = bytes.NewReader(records)
			var err error
			if of[i], err = c.Output(); err != nil {
				t.Fatalf("%s: %v", program, err)
			}
		}
		if line, a, b := firstDifference(of[1], of[0]); line > 0 || len(of[0]) == 0 {
			t.Errorf("%s: line %d:\nnormalized %s\nplain      %s", program, line, a, b)
		}
	}
}

// isA reports whether a value has a type of the schemas.
func isA(value any, want string) bool {
	switch v := value.(type) {
	case string:
		switch want {
		case "keyword":
			return v != ""
		case "text": // may be empty
			return true
		case "ip":
			_, err := netip.ParseAddr(v)
			return err == nil
		case "mac":
			return len(v) == 17 && strings.Count(v, "-") == 5 && strings.ToUpper(v) == v
		case "date":
			_, err := time.Parse(time.RFC3339, v)
			return err == nil
		}
	case json.Number:
		_, err := v.Int64()
		return want == "long" && err == nil
	}
	return false
}

// TestECS checks that each field of the documents is one of ECS and has its
// type, that those are there which every document has, and that each field of
// the mapping comes from some record.
func TestECS(t *testing.T) {
	seen := map[string]int{}
	var check func(path string, v any)
	check = func(path string, v any) {
		want, known := ecsTypes[path]
		array := strings.HasSuffix(want, "+")
		element := strings.TrimSuffix(want, "+")
		switch v := v.(type) {
		case map[string]any:
			if known && element != "object" {
				t.Fatalf("%s is an object", path)
			}
			for k, m := range v {
				check(strings.TrimPrefix(path+"."+k, "."), m)
			}
			return
		case []any:
			seen[path]++
			if !array {
				t.Fatalf("%s is an array: %v", path, v)
			}
			for _, e := range v {
				if o, ok := e.(map[string]any); ok {
					check(path, o)
				} else if !isA(e, element) {
					t.Fatalf("%s has %v, which is no %s", path, e, element)
				}
			}
			return
		}
		seen[path]++
		if !known || array || !isA(v, element) {
			t.Fatalf("%s is %v, not %q", path, v, want)
		}
	}
	for _, d := range mapped(t, "ecs.jq") {
		delete(d, "mercury") // ours
		check("", d)
		for _, path := range []string{"@timestamp", "ecs.version", "event.kind", "event.category", "event.type"} {
			if len(lookup(d, path)) == 0 {
				t.Fatalf("no %s in %v", path, d)
			}
		}
	}
	for path := range ecsTypes {
		switch path {
		case "tls.server.x509.issuer.organizational_unit", "tls.server.x509.issuer.locality", "tls.server.x509.issuer.state_or_province":
			continue // as for the subject; no authority in the captures has any
		}
		if seen[path] == 0 && ecsTypes[path] != "object+" {
			t.Errorf("no record gives %s", path)
		}
	}
}

// lookup are the values at a path of names.
func lookup(v any, path string) []any {
	name, rest, more := strings.Cut(path, ".")
	m, _ := v.(map[string]any)
	value, ok := m[name]
	switch list, isList := value.([]any); {
	case !ok:
		return nil
	case !more:
		return []any{value}
	case isList:
		var all []any
		for _, e := range list {
			all = append(all, lookup(e, rest)...)
		}
		return all
	}
	return lookup(value, rest)
}

// An ocsfObject is an object of OCSF 1.7: the attributes that the mapping
// writes, with their types; "!" behind the type where the schema requires them,
// "+" where they are arrays. Types in capitals are objects. At least one of any
// must be there.
type ocsfObject struct {
	attributes map[string]string
	any        []string
}

var ocsfObjects = map[string]ocsfObject{
	"EVENT": {attributes: map[string]string{
		"class_uid": "long!", "category_uid": "long!", "activity_id": "long!", "type_uid": "long!", "severity_id": "long!", "time": "long!",
		"activity_name": "keyword", "metadata": "METADATA!", "src_endpoint": "ENDPOINT", "dst_endpoint": "ENDPOINT", "connection_info": "CONNECTION",
		"tls": "TLS", "ja4_fingerprint_list": "JA4+", "unmapped": "ANY",
	}, any: []string{"src_endpoint", "dst_endpoint"}},
	"4001": {},
	"4002": {attributes: map[string]string{"http_request": "HTTP_REQUEST", "http_response": "HTTP_RESPONSE"}, any: []string{"http_request", "http_response"}},
	"4003": {attributes: map[string]string{"query": "DNS_QUERY", "answers": "DNS_ANSWER+", "rcode": "keyword", "rcode_id": "long", "query_time": "long", "response_time": "long"}},
	"4007": {attributes: map[string]string{"client_hassh": "HASSH", "server_hassh": "HASSH"}},

	"METADATA": {attributes: map[string]string{"version": "keyword!", "product": "PRODUCT!", "event_code": "keyword"}},
	"PRODUCT":  {attributes: map[string]string{"name": "keyword", "vendor_name": "keyword"}, any: []string{"name"}},
	"ENDPOINT": {attributes: map[string]string{"ip": "ip", "port": "long"}, any: []string{"ip"}},
	"CONNECTION": {attributes: map[string]string{"direction_id": "long!", "protocol_num": "long", "protocol_name": "keyword", "protocol_ver_id": "long",
		"community_uid": "keyword", "uid": "keyword"}},
	"TLS": {attributes: map[string]string{"version": "keyword!", "cipher": "keyword", "sni": "keyword", "ja3_hash": "FINGERPRINT", "ja3s_hash": "FINGERPRINT", "certificate": "CERTIFICATE"}},
	"CERTIFICATE": {attributes: map[string]string{"serial_number": "keyword!", "issuer": "keyword!", "subject": "text", "version": "keyword",
		"created_time": "long", "expiration_time": "long"}},
	"FINGERPRINT":   {attributes: map[string]string{"algorithm_id": "long!", "value": "keyword!"}},
	"HASSH":         {attributes: map[string]string{"fingerprint": "FINGERPRINT!"}},
	"JA4":           {attributes: map[string]string{"type_id": "long!", "value": "keyword!"}},
	"DNS_QUERY":     {attributes: map[string]string{"hostname": "keyword!", "type": "keyword", "class": "keyword", "packet_uid": "long"}},
	"DNS_ANSWER":    {attributes: map[string]string{"rdata": "text!", "type": "keyword", "class": "keyword", "ttl": "long", "hostname": "text"}},
	"HTTP_REQUEST":  {attributes: map[string]string{"http_method": "keyword", "version": "keyword", "user_agent": "text", "referrer": "text", "url": "URL"}},
	"HTTP_RESPONSE": {attributes: map[string]string{"code": "long!", "status": "text", "content_type": "text"}},
	"URL":           {attributes: map[string]string{"path": "text", "query_string": "text", "hostname": "text"}, any: []string{"path"}},
}

// TestOCSF checks the events against the classes of OCSF that they are of.
func TestOCSF(t *testing.T) {
	seen := map[string]bool{}
	classes := map[string]int{}
	for _, e := range mapped(t, "ocsf.jq") {
		class := fmt.Sprint(e["class_uid"])
		classes[class]++
		o, known := ocsfObjects[class]
		if !known {
			t.Fatalf("class %s", class)
		}
		base := ocsfObjects["EVENT"]
		all := ocsfObject{attributes: map[string]string{}, any: base.any}
		for _, list := range []map[string]string{base.attributes, o.attributes} {
			for k, v := range list {
				all.attributes[k] = v
			}
		}
		if err := checkOCSF(e, class, all, seen); err != nil {
			t.Fatalf("%v: %v", err, e)
		}
		if !hasAny(e, o.any) {
			t.Fatalf("none of %q in %v", o.any, e)
		}
		if fmt.Sprint(e["type_uid"]) != fmt.Sprintf("%s%02s", class, e["activity_id"]) || fmt.Sprint(e["category_uid"]) != "4" || fmt.Sprint(e["severity_id"]) != "1" {
			t.Fatalf("%v", e)
		}
	}
	if len(classes) != 4 {
		t.Errorf("classes %v", classes)
	}
	for name, o := range ocsfObjects {
		for a := range o.attributes {
			if name == "EVENT" || name == "URL" && a == "query_string" { // no capture has one
				continue
			}
			if !seen[name+"."+a] {
				t.Errorf("no record gives %s.%s", name, a)
			}
		}
	}
}

func hasAny(e map[string]any, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return e[n] != nil })
}

// checkOCSF checks the attributes of an object.
func checkOCSF(object map[string]any, name string, o ocsfObject, seen map[string]bool) error {
	for a, want := range o.attributes {
		if strings.HasSuffix(want, "!") && object[a] == nil {
			return fmt.Errorf("%s lacks %s", name, a)
		}
	}
	if !hasAny(object, o.any) {
		return fmt.Errorf("%s has none of %q", name, o.any)
	}
	for a, v := range object {
		want, known := o.attributes[a]
		if !known {
			return fmt.Errorf("%s has %s", name, a)
		}
		seen[name+"."+a] = true
		want = strings.TrimSuffix(want, "!")
		values := []any{v}
		if strings.HasSuffix(want, "+") {
			want = strings.TrimSuffix(want, "+")
			values, _ = v.([]any)
			if len(values) == 0 {
				return fmt.Errorf("%s.%s is no array", name, a)
			}
		}
		for _, v := range values {
			if inner, ok := ocsfObjects[want]; ok {
				m, _ := v.(map[string]any)
				if err := checkOCSF(m, want, inner, seen); err != nil {
					return err
				}
			} else if want != "ANY" && !isA(v, want) {
				return fmt.Errorf("%s.%s is %v, which is no %s", name, a, v, want)
			}
		}
	}
	return nil
}
