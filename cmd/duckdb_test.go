package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"merctools/lib/bus/bustest"
)

// duckDB runs statements, and returns the rows of the last one as JSON.
func duckDB(t *testing.T, dir string, statements ...string) string {
	t.Helper()
	const program = `
const {DuckDBInstance} = require("@duckdb/node-api");
(async () => {
	const db = await (await DuckDBInstance.create(":memory:")).connect();
	let rows = [];
	for (const s of JSON.parse(process.argv[1])) rows = (await db.runAndReadAll(s)).getRowsJson();
	console.log(JSON.stringify(rows));
})().catch(e => { console.error(String(e)); process.exit(1); });`
	list, err := json.Marshal(statements)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("node", "-e", program, string(list))
	c.Dir = dir
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("DuckDB: %v: %s\n%s", err, stderr.Bytes(), strings.Join(statements, "\n"))
	}
	return strings.TrimSpace(out.String())
}

// hasDuckDB reports whether node has the module of DuckDB.
func hasDuckDB(t *testing.T) bool { return bustest.HasNodeModule(t, "@duckdb/node-api") }

// needDuckDB skips a test where node has no module of DuckDB.
func needDuckDB(t *testing.T) {
	t.Helper()
	if !hasDuckDB(t) {
		t.Skip("no DuckDB: npm install @duckdb/node-api, and set NODE_PATH to its node_modules")
	}
}

// TestDuckDBParquet checks that DuckDB reads from Parquet what it reads from the
// records themselves.
func TestDuckDBParquet(t *testing.T) {
	needDuckDB(t)
	dir := t.TempDir()
	records := shell(t, dir, "merc-fp --metadata --dns-json --reassembly --add=all --fingerprints=all "+ownCapturesPattern(t))
	write(t, dir, "records.jsonl", records)
	write(t, dir, "records.sql", shell(t, dir, "merc-fp --schema=duckdb"))
	// Each is a path, and what it is in the records.
	paths := []struct{ path, json string }{
		{"src_ip", "src_ip"},
		{"protocol", "protocol"},
		{"src_port", "src_port"},
		{"event_start", "event_start"},
		{"tls.client.server_name", "tls.client.server_name"},
		{"dns.query.question.name", "[q.name for q in dns.query.question]"},
		{"dns.response.answer.ttl", "[a.ttl for a in dns.response.answer]"},
		{"fingerprints.ja4", "fingerprints.ja4"},
		{"tls_params.post_quantum", "tls_params.post_quantum"},
		{"tls_params.versions", "tls_params.versions"},
		{"vlan", "vlan"},
		{"community_id", "community_id"},
		{"mac", "mac"},
	}
	var fields, left, right []string
	for _, p := range paths {
		fields = append(fields, p.path)
		left = append(left, `CAST("`+p.path+`" AS VARCHAR)`)
		right = append(right, "CAST("+p.json+" AS VARCHAR)")
	}
	left[len(left)-1] = `CAST(json_extract("mac", '$.src') AS VARCHAR)`
	right[len(right)-1] = `CAST(to_json(mac.src) AS VARCHAR)`
	write(t, dir, "records.parquet", shell(t, dir, "merc-select all records.jsonl --format=parquet --fields="+strings.Join(fields, ",")))
	a := "SELECT " + strings.Join(left, ",\n ") + " FROM 'records.parquet'"
	b := "SELECT " + strings.Join(right, ",\n ") + " FROM read_records('records.jsonl')"
	macro, err := os.ReadFile(filepath.Join(dir, "records.sql"))
	if err != nil {
		t.Fatal(err)
	}
	got := duckDB(t, dir, string(macro), "SELECT (SELECT count(*) FROM ("+a+" EXCEPT ALL "+b+")), (SELECT count(*) FROM ("+b+" EXCEPT ALL "+a+")), (SELECT count(*) > 1000 FROM 'records.parquet')")
	if got != `[["0","0",true]]` {
		t.Errorf("rows that differ: %s, such as %s", got, duckDB(t, dir, string(macro), a+" EXCEPT ALL "+b+" LIMIT 2"))
	}
	if got := duckDB(t, dir, `SELECT count("fingerprints.ja4") > 10, count("dns.response.answer.ttl") > 10, count("vlan") > 0, count("tls_params.post_quantum") > 5 FROM 'records.parquet'`); got != "[[true,true,true,true]]" {
		t.Errorf("columns with values: %s", got)
	}
}

// TestDuckDBNormal checks that DuckDB reads all normalized records with their
// types.
func TestDuckDBNormal(t *testing.T) {
	needDuckDB(t)
	dir := t.TempDir()
	write(t, dir, "normal.jsonl", shell(t, dir, "merc-fp --normalize --metadata --dns-json --certs-json --reassembly --add=all --fingerprints=all --raw-features=all "+ownCapturesPattern(t)))
	macro := string(shell(t, dir, "merc-fp --schema=duckdb --normalize"))
	const all = " FROM read_records('normal.jsonl')"
	if got := duckDB(t, dir, macro, "SELECT count(*) > 1000, count(*) = count(event_start), count(DISTINCT event_start) > 1000, bool_and(event_start < time_iso + INTERVAL 1 MICROSECOND AND event_start >= time_iso - INTERVAL 1 MICROSECOND)"+all); got != "[[true,true,true,true]]" {
		t.Errorf("records, times: %s", got)
	}
	if got := duckDB(t, dir, macro, `WITH certs AS (SELECT unnest(coalesce(tls.server.certs, [])) AS c`+all+`)
		SELECT count(*) > 10, bool_and(c.validity.not_before < c.validity.not_after), list_sort(list(DISTINCT c.subject['common_name'][1]))[1] FROM certs WHERE c.validity IS NOT NULL`); got != `[[true,true,"Example CA"]]` {
		t.Errorf("certificates: %s", got)
	}
	if got := duckDB(t, dir, macro, `SELECT max(len(ssh.kex.kex_algorithms)) > 5, max(http.response.status_code), max(len(tls.client.cipher_suites)) > 30`+all); got != `[[true,"405",true]]` {
		t.Errorf("lists and numbers: %s", got)
	}
	// The same from Parquet.
	write(t, dir, "normal.parquet", shell(t, dir, "merc-select all normal.jsonl --format=parquet --normalized --fields=event_start,http.response.status_code,tls.client.cipher_suites,tls.server.certs.validity.not_after"))
	if got := duckDB(t, dir, `SELECT max("http.response.status_code"), max(len("tls.client.cipher_suites")) > 30, max(event_start) > '2026' FROM 'normal.parquet'`); got != `[["405",true,true]]` {
		t.Errorf("Parquet: %s", got)
	}
}

// shell is what a command line writes.
func shell(t *testing.T, dir, command string) []byte {
	t.Helper()
	c := exec.Command("sh", "-c", command)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, stderr.Bytes())
	}
	return out
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// ownCapturesPattern matches the project's captures in pcap.
func ownCapturesPattern(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(captures)
	if err != nil {
		t.Fatal(err)
	}
	return dir + "/*.pcap"
}
