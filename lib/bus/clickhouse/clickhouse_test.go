package clickhouse

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"merctools/lib/bus"
	"merctools/lib/bus/bustest"
)

// A fake is what a server gets, and how it answers.
type fake struct {
	version string
	refuse  func(n int, body string) (status int, text string) // of inserts; 0: none

	mu      sync.Mutex
	made    string
	inserts []string // queries, in the URL
	rows    []string
	user    string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.user = r.Header.Get("X-ClickHouse-User") + ":" + r.Header.Get("X-ClickHouse-Key")
	switch text := string(body); {
	case text == "SELECT version()":
		fmt.Fprintln(w, f.version)
	case strings.HasPrefix(text, "CREATE TABLE"):
		f.made = text
	default:
		f.inserts = append(f.inserts, r.URL.RawQuery)
		if f.refuse != nil {
			if status, answer := f.refuse(len(f.inserts), text); status != 0 {
				w.WriteHeader(status)
				fmt.Fprintln(w, answer)
				return
			}
		}
		for line := range strings.Lines(text) {
			f.rows = append(f.rows, line)
		}
	}
}

func open(t *testing.T, address, options string) (*Store, *bus.Counters) {
	t.Helper()
	u, err := bus.ParseURL("clickhouse://" + address + "/r?" + options)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	c.Notice = func(text string) { t.Log(text) }
	var counters bus.Counters
	s, err := c.Open(t.Context(), &counters)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, &counters
}

func row(i int) string {
	return fmt.Sprintf(`{"_id":"m","_line":%d,"_sensor":"s","dns":{"x":"a\"b"},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":17,"src_port":5,"dst_port":53,"event_start":1700000000.5}`+"\n", i)
}

// The table and the rows depend on the version.
func TestLayouts(t *testing.T) {
	for version, columns := range map[string]bool{"18.16.1": false, "23.8.2.7": false, "24.1.1.2048": true, "26.3.1.1": true} {
		f := &fake{version: version}
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		s, _ := open(t, "u:p@"+strings.TrimPrefix(server.URL, "http://"), "database=d")
		if err := s.Add("m", []byte(row(0)+row(1))); err != nil {
			t.Fatal(err)
		}
		if rejected, _, err := s.Commit(t.Context()); rejected != 0 || err != nil {
			t.Fatal(rejected, err)
		}
		if s.Size() != 0 || len(f.rows) != 2 || len(f.inserts) != 1 || f.user != "u:p" {
			t.Errorf("%s: %d bytes left, %d rows, %d inserts, user %s", version, s.Size(), len(f.rows), len(f.inserts), f.user)
		}
		want := row(1)
		if !columns {
			record := strings.TrimSuffix("{"+want[strings.Index(want, `"dns"`):], "\n")
			want = want[:strings.Index(want, `"dns"`)] + want[strings.Index(want, `"src_ip"`):len(want)-2] + `,"record":"` +
				strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(record) + `"}` + "\n"
		}
		if f.rows[1] != want {
			t.Errorf("%s: row %s, not %s", version, f.rows[1], want)
		}
		for _, part := range []string{"CREATE TABLE IF NOT EXISTS r (", "`_id` String", "ReplacingMergeTree()", "event_time, _id, _line)"} {
			if !strings.Contains(f.made, part) {
				t.Errorf("%s: the table lacks %s", version, part)
			}
		}
		if strings.Contains(f.made, "`tls` Tuple(") != columns || strings.Contains(f.made, "`record` String") == columns {
			t.Errorf("%s: table %.300s", version, f.made)
		}
		if !strings.Contains(f.inserts[0], "database=d") || strings.Contains(f.inserts[0], "insert_deduplication_token=") != (version[0] == '2') {
			t.Errorf("%s: %s", version, f.inserts[0])
		}
	}
}

// Rows that the server can't read are left out, the others are stored.
func TestUnreadableRows(t *testing.T) {
	bad := map[string]bool{row(3): true, row(7): true, row(99): true}
	f := &fake{version: "26.3.1.1", refuse: func(_ int, body string) (int, string) {
		for line := range strings.Lines(body) {
			if bad[line] {
				return 400, "Code: 27. DB::Exception: Cannot parse input: (at row 4)\n"
			}
		}
		return 0, ""
	}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s, _ := open(t, strings.TrimPrefix(server.URL, "http://"), "")
	for i := range 100 {
		if err := s.Add("m", []byte(row(i))); err != nil {
			t.Fatal(err)
		}
	}
	if rejected, _, err := s.Commit(t.Context()); rejected != 3 || err != nil || len(f.rows) != 97 {
		t.Errorf("%d rows left out, %d stored, %v", rejected, len(f.rows), err)
	}
	for _, line := range f.rows {
		if bad[line] {
			t.Errorf("stored %s", line)
		}
	}
}

// Rows of many days go into several inserts.
func TestManyDays(t *testing.T) {
	f := &fake{version: "26.3.1.1", refuse: func(_ int, body string) (int, string) {
		if strings.Count(body, "\n") > 100 {
			return 500, "Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100). The limit is controlled by 'max_partitions_per_insert_block' setting."
		}
		return 0, ""
	}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s, counters := open(t, strings.TrimPrefix(server.URL, "http://"), "")
	for i := range 1000 {
		if err := s.Add("m", []byte(row(i))); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if rejected, _, err := s.Commit(ctx); rejected != 0 || err != nil || len(f.rows) != 1000 || counters.Retries.Load() != 0 {
		t.Errorf("%d rows left out, %d stored, %d retries, %v", rejected, len(f.rows), counters.Retries.Load(), err)
	}
}

// A server that fails is asked again, with the same token; one that refuses is
// not.
func TestServerFails(t *testing.T) {
	f := &fake{version: "26.3.1.1"}
	f.refuse = func(n int, _ string) (int, string) {
		if n <= 2 {
			return 500, "Code: 252. DB::Exception: Too many parts"
		}
		return 0, ""
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s, counters := open(t, strings.TrimPrefix(server.URL, "http://"), "")
	if err := s.Add("m", []byte(row(0))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Commit(t.Context()); err != nil || len(f.rows) != 1 || counters.Retries.Load() != 2 || f.inserts[0] != f.inserts[2] {
		t.Errorf("%v, %d rows, %d retries, %q", err, len(f.rows), counters.Retries.Load(), f.inserts)
	}
	f.refuse = func(int, string) (int, string) {
		return 404, "Code: 60. DB::Exception: Table d.r doesn't exist\n\x1b[31m"
	}
	if err := s.Add("m", []byte(row(1))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Commit(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "Table d.r doesn't exist") {
		t.Errorf("%v", err)
	}
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Add("m", []byte(row(2))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Commit(ctx); err == nil {
		t.Error("no error")
	}
}

// A server can't send the password, or rows, to another one.
func TestRedirect(t *testing.T) {
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		other := &fake{version: "24.1.1.1"}
		target := httptest.NewServer(other)
		t.Cleanup(target.Close)
		server := httptest.NewServer(http.RedirectHandler(target.URL, status))
		t.Cleanup(server.Close)
		u, err := bus.ParseURL("clickhouse://u:p@" + strings.TrimPrefix(server.URL, "http://") + "/r")
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Open(t.Context(), new(bus.Counters)); err == nil || other.user != "" {
			t.Errorf("%d: %v, %s was told to another server", status, err, other.user)
		}
	}
}

func TestParse(t *testing.T) {
	bustest.Refused(t, Parse, map[string]string{
		"clickhouse://a/x;y":         "names of tables",
		"clickhouse://a/x?layout=1":  "layout is",
		"clickhouse://a,b/x":         "more than one host",
		"clickhouse://a/x?tls=maybe": "neither true nor false",
		"clickhouse://a/x?ca=/none":  "/none",
	})
}

// serverConfig is for any version.
const serverConfig = `<yandex><logger><level>warning</level><console>1</console></logger><http_port>%d</http_port><listen_host>127.0.0.1</listen_host>
<path>%[2]s/data/</path><tmp_path>%[2]s/tmp/</tmp_path><users_config>%[2]s/users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>67108864</mark_cache_size></yandex>`

const usersConfig = `<yandex><profiles><default></default></profiles><users><default><password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users><quotas><default></default></quotas></yandex>`

// serve returns the address of a server of the kind that is installed, as Debian
// has it.
func serve(t *testing.T, path string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{"config.xml": fmt.Sprintf(serverConfig, port, dir), "users.xml": usersConfig} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "--config-file="+filepath.Join(dir, "config.xml"))
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return address
}

// TestRealServer stores rows with a current ClickHouse, with the server that is
// installed, and with the one that MERC_CLICKHOUSE names. Rows that are stored
// twice are there once.
func TestRealServer(t *testing.T) {
	t.Run("current", func(t *testing.T) { testRealServer(t, bustest.ClickHouse(t)) })
	t.Run("installed", func(t *testing.T) {
		path, err := exec.LookPath("clickhouse-server")
		if err != nil {
			t.Skip("there is no clickhouse-server")
		}
		testRealServer(t, serve(t, path))
	})
	t.Run("named", func(t *testing.T) {
		address := os.Getenv("MERC_CLICKHOUSE")
		if address == "" {
			t.Skip("MERC_CLICKHOUSE does not name a server (HOST:PORT)")
		}
		testRealServer(t, address)
	})
}

func testRealServer(t *testing.T, address string) {
	table := fmt.Sprintf("merc_bus_test_%d", time.Now().UnixNano())
	u, err := bus.ParseURL("clickhouse://" + address + "/" + table)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	c.Wait = true
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s, err := c.Open(ctx, new(bus.Counters))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ask := func(query string) string {
		answer, err := c.do(ctx, c.base, []byte(query))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(answer)
	}
	t.Logf("ClickHouse %s", ask("SELECT version()"))
	defer ask("DROP TABLE " + table)
	// The second time in other batches, as after a crash.
	for _, size := range []int{100, 30} {
		for i := range 100 {
			if err := s.Add("m", []byte(row(i))); err != nil {
				t.Fatal(err)
			}
			if i%size == size-1 || i == 99 {
				if rejected, _, err := s.Commit(ctx); rejected > 0 || err != nil {
					t.Fatal(rejected, err)
				}
			}
		}
	}
	if got := ask("SELECT count(), sum(_line), min(src_ip), max(dst_port), toString(min(toUInt32(event_time))) FROM " + table + " FINAL"); got != "100\t4950\t192.0.2.1\t53\t1700000000" {
		t.Errorf("%q", got)
	}
	if s.text {
		if got := ask("SELECT record FROM " + table + " LIMIT 1 FORMAT TSVRaw"); got != "{"+strings.TrimSpace(row(0)[strings.Index(row(0), `"dns"`):]) {
			t.Errorf("%q", got)
		}
	}
	// A row that can't be read does not stop the others.
	if err := s.Add("m", []byte(row(100)+strings.Replace(row(101), `1700000000.5`, `"x"`, 1)+row(102))); err != nil {
		t.Fatal(err)
	}
	if rejected, _, err := s.Commit(ctx); rejected != 1 || err != nil {
		t.Errorf("%d rows left out, %v", rejected, err)
	}
	if got := ask("SELECT count() FROM " + table + " FINAL"); got != "102" {
		t.Errorf("%s rows", got)
	}
}
