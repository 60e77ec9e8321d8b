package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"merctools/lib/bus/bustest"
)

// clickHouseClient does what the examples need of clickhouse-client: statements
// from -q or standard input, and data of an INSERT from standard input. Its
// server is the directory that it runs in.
const clickHouseClient = `#!/usr/bin/env node
const {Session} = require("chdb");
const args = process.argv.slice(2);
let query = "";
while (args.length) {
	const a = args.shift();
	if (a !== "-q") throw new Error("unknown argument " + a);
	query = args.shift();
}
const insert = /^\s*INSERT\b/i.test(query);
if (!query || insert) query += "\n" + require("fs").readFileSync(0, "utf8");
try {
	process.stdout.write(new Session(".clickhouse").query(query, "TabSeparated"));
} catch (e) {
	console.error(String(e));
	process.exitCode = 1;
}
`

// options with which records have most of the members that there are.
const manyMembers = "--metadata --dns-json --certs-json --reassembly --exposed-creds --add=all --fingerprints=all --raw-features=all --crypto-assess "

// TestClickHouseNormal checks that the table for normalized records holds all of
// their members.
func TestClickHouseNormal(t *testing.T) {
	bustest.NeedClickHouse(t)
	dir := t.TempDir()
	records := shell(t, dir, "merc-fp --normalize "+manyMembers+ownCapturesPattern(t))
	address := bustest.ClickHouse(t)
	askClickHouse(t, address, "", shell(t, dir, "merc-fp --schema=clickhouse --normalize"))
	askClickHouse(t, address, "INSERT INTO records SETTINGS date_time_input_format = 'best_effort', input_format_skip_unknown_fields = 1 FORMAT JSONEachRow", records)
	sameRows(t, address, "SELECT * FROM records", records)
}

// TestClickHouseSink carries records through a queue into a store, twice, in
// messages of other sizes and batches that end elsewhere. The store has every
// record once, with all of its members.
func TestClickHouseSink(t *testing.T) {
	bustest.NeedClickHouse(t)
	dir := t.TempDir()
	records := shell(t, dir, "merc-fp "+manyMembers+ownCapturesPattern(t)+" | merc-analyze")
	write(t, dir, "records.jsonl", records)
	queue, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: filepath.Join(dir, "queue"), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go queue.Start()
	if !queue.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() {
		queue.Shutdown()
		queue.WaitForShutdown()
	})
	address := bustest.ClickHouse(t)
	askClickHouse(t, address, "SYSTEM STOP MERGES", nil) // which would drop them before FINAL does
	from := queue.ClientURL() + "/records"
	shell(t, dir, "merc-bus put "+from+" < records.jsonl")
	for i, batch := range []string{"--batch=1", "--batch=64"} {
		shell(t, dir, fmt.Sprintf("merc-bus sink --once %s '%s?group=g%d' clickhouse://%s/records", batch, from, i, address))
	}
	n := bytes.Count(records, []byte("\n"))
	if got := askClickHouse(t, address, "SELECT count() > "+strconv.Itoa(n)+" FROM records", nil); got != "1\n" {
		t.Errorf("no row is there twice, so that the test does not test that they are dropped")
	}
	sameRows(t, address, "SELECT * FROM records FINAL", records)
	if got := askClickHouse(t, address, "SELECT count(), countIf(abs(toUnixTimestamp64Micro(event_time) - event_start * 1e6) > 1) FROM records FINAL", nil); got != fmt.Sprintf("%d\t0\n", n) {
		t.Errorf("rows, and those of another time: %s", got)
	}
}

// TestClickHouseParquet checks that ClickHouse reads from Parquet what there is in
// the same rows in JSON.
func TestClickHouseParquet(t *testing.T) {
	bustest.NeedClickHouse(t)
	dir := t.TempDir()
	write(t, dir, "records.jsonl", shell(t, dir, "merc-fp "+manyMembers+ownCapturesPattern(t)))
	const rows = "merc-select all records.jsonl --fields=file,packet,event_start,src_ip,dst_port,vlan,mac,tls.client.server_name,tls_params.post_quantum,dns.query.question.name,dns.response.answer.ttl,fingerprints.ja4"
	write(t, dir, "records.parquet", shell(t, dir, rows+" --format=parquet"))
	// JSON has one of several values as it is, Parquet in a list.
	var lists bytes.Buffer
	for line := range bytes.Lines(shell(t, dir, rows+" --format=json")) {
		var v map[string]any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"vlan", "dns.query.question.name", "dns.response.answer.ttl"} {
			if _, list := v[name].([]any); !list && v[name] != nil {
				v[name] = []any{v[name]}
			}
		}
		if err := json.NewEncoder(&lists).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	sameRows(t, bustest.ClickHouse(t), "SELECT * FROM file('"+filepath.Join(dir, "records.parquet")+"')", lists.Bytes())
}

// askClickHouse is what a server answers to a query with data, or to one that is
// all of the body.
func askClickHouse(t *testing.T, address, query string, body []byte) string {
	t.Helper()
	u := "http://" + address + "/"
	if query != "" {
		u += "?query=" + url.QueryEscape(query)
	}
	answer, err := http.Post(u, "text/plain", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%.200s: %s, %v: %.2000s", query, answer.Status, err, text.Bytes())
	}
	return text.String()
}

// sameRows checks that the rows of a query are the records.
func sameRows(t *testing.T, address, query string, records []byte) {
	t.Helper()
	rows := askClickHouse(t, address, query+" SETTINGS output_format_json_quote_64bit_integers = 0, date_time_output_format = 'iso' FORMAT JSONEachRow", nil)
	// Records of a packet, which may come in any order.
	type place struct{ file, packet string }
	left := map[place][]map[string]any{}
	of := func(line string) (place, map[string]any) {
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v: %.300s", err, line)
		}
		return place{fmt.Sprint(v["file"]), fmt.Sprint(v["packet"])}, v
	}
	total := 0
	for line := range strings.Lines(rows) {
		p, v := of(line)
		for _, name := range []string{"_id", "_line", "_sensor"} {
			delete(v, name)
		}
		left[p] = append(left[p], v)
		total++
	}
	wanted := 0
next:
	for line := range strings.Lines(string(records)) {
		wanted++
		p, v := of(line)
		why := ""
		for i, row := range left[p] {
			if why = storedAs(v, row, ""); why == "" {
				left[p] = append(left[p][:i:i], left[p][i+1:]...)
				continue next
			}
		}
		t.Fatalf("no row for %.3000s\n%s", line, why)
	}
	if total != wanted || total < 1000 {
		t.Errorf("%d rows of %d records", total, wanted)
	}
}

// storedAs says where a value is not what was read from a table; nothing if it
// is. A table has no difference between what is empty and what is not there, has 1
// and 0 for true and false, and may have the text of objects and lists.
func storedAs(value, stored any, path string) string {
	if isEmpty(value) && isEmpty(stored) {
		return ""
	}
	differs := fmt.Sprintf("%s: %v, stored as %v", path, value, stored)
	if text, ok := stored.(string); ok {
		switch v := value.(type) {
		case string:
			if v == text {
				return ""
			}
			a, err1 := time.Parse(time.RFC3339Nano, v)
			if b, err2 := time.Parse(time.RFC3339Nano, text); err1 == nil && err2 == nil && a.Equal(b) {
				return ""
			}
			return differs
		case map[string]any, []any:
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if err := d.Decode(&stored); err != nil {
				return differs
			}
		}
	}
	switch v := value.(type) {
	case bool:
		if n, ok := stored.(json.Number); stored == v || ok && (n == "1") == v {
			return ""
		}
	case json.Number:
		n, _ := stored.(json.Number)
		a, err1 := v.Float64()
		b, err2 := n.Float64()
		if v == n || err1 == nil && err2 == nil && a == b && strings.ContainsAny(string(v), ".eE") {
			return ""
		}
	case []any:
		list, ok := stored.([]any)
		if !ok || len(list) != len(v) {
			return differs
		}
		for i := range v {
			if why := storedAs(v[i], list[i], path+"[]"); why != "" {
				return why
			}
		}
		return ""
	case map[string]any:
		object, ok := stored.(map[string]any)
		if !ok {
			return differs
		}
		for k := range v {
			if why := storedAs(v[k], object[k], path+"."+k); why != "" {
				return why
			}
		}
		for k := range object {
			if _, there := v[k]; !there && !isEmpty(object[k]) {
				return fmt.Sprintf("%s.%s: stored as %v", path, k, object[k])
			}
		}
		return ""
	}
	return differs
}

// isEmpty reports whether a value has nothing.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, m := range v {
			if !isEmpty(m) {
				return false
			}
		}
		return true
	}
	return false
}

// writeTool writes a program for the examples.
func writeTool(t *testing.T, dir, name, program string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
}
