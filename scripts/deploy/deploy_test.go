// Package deploy checks that the files of this folder are valid.
package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"

	"merctools/lib/bus"
	"merctools/lib/bus/bustest"
	"merctools/lib/bus/clickhouse"
	"merctools/lib/schema"
)

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// The services of the compose file refer to services, volumes and files that
// are there.
func TestCompose(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Image   string   `yaml:"image"`
			Command []string `yaml:"command"`
			Depends []string `yaml:"depends_on"`
			Volumes []string `yaml:"volumes"`
			Build   struct{ Context, Dockerfile string }
		} `yaml:"services"`
		Volumes map[string]any `yaml:"volumes"`
	}
	readYAML(t, "compose.yaml", &file)
	want := []string{"clickhouse", "grafana", "nats", "sink", "worker-1", "worker-2"}
	if got := slices.Sorted(maps.Keys(file.Services)); !slices.Equal(got, want) {
		t.Errorf("services %q", got)
	}
	for name, s := range file.Services {
		if s.Image == "" {
			t.Errorf("%s: no image", name)
		}
		if s.Build.Dockerfile != "" {
			if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, d := range s.Depends {
			if _, ok := file.Services[d]; !ok {
				t.Errorf("%s depends on %s", name, d)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, ".") {
				if _, err := os.Stat(from); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, ok := file.Volumes[from]; !ok {
				t.Errorf("%s: no volume %s", name, from)
			}
		}
		for _, host := range regexp.MustCompile(`(?:nats|clickhouse)://([a-z0-9-]+)/`).FindAllStringSubmatch(strings.Join(s.Command, " "), -1) {
			if _, ok := file.Services[host[1]]; !ok {
				t.Errorf("%s: no service %s", name, host[1])
			}
		}
	}
}

// A panel is one of the dashboard.
type panel struct {
	Title, Type string
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		RawSQL     string `json:"rawSql"`
		Datasource struct{ UID, Type string }
	}
}

func dashboardPanels(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile("grafana/dashboards/merctools.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	return dashboard.Panels
}

// The dashboard's queries go to the data source that is provisioned, and use
// columns that the table has.
func TestDashboard(t *testing.T) {
	var source struct {
		Datasources []struct{ UID, Type string }
	}
	readYAML(t, "grafana/provisioning/datasources/clickhouse.yaml", &source)
	var provider struct {
		Providers []struct{ Options struct{ Path string } }
	}
	readYAML(t, "grafana/provisioning/dashboards/merctools.yaml", &provider)
	if len(source.Datasources) != 1 || len(provider.Providers) != 1 {
		t.Fatal("not one data source and one provider")
	}
	panels := dashboardPanels(t)
	table := string(schema.ClickHouse())
	column := regexp.MustCompile(`\b(?:analysis|fingerprints|tls)(?:\.[a-z_0-9]+)+`)
	columns := 0
	for _, p := range panels {
		if len(p.Targets) != 1 || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W < 4 {
			t.Errorf("panel %s: %+v", p.Title, p)
			continue
		}
		q := p.Targets[0]
		if q.Datasource.UID != source.Datasources[0].UID || q.Datasource.Type != source.Datasources[0].Type {
			t.Errorf("panel %s: data source %+v", p.Title, q.Datasource)
		}
		if !strings.Contains(q.RawSQL, "FROM records WHERE $__timeFilter(event_time)") || strings.Count(q.RawSQL, "(") != strings.Count(q.RawSQL, ")") {
			t.Errorf("panel %s: %s", p.Title, q.RawSQL)
		}
		for _, name := range column.FindAllString(q.RawSQL, -1) {
			columns++
			at := table
			for _, part := range strings.Split(name, ".") {
				i := strings.Index(at, "`"+part+"` ")
				if i < 0 {
					t.Errorf("panel %s: the table has no %s", p.Title, name)
					break
				}
				at = at[i:]
			}
		}
	}
	if len(panels) < 10 || columns < 10 {
		t.Errorf("%d panels with %d columns", len(panels), columns)
	}
}

// ClickHouse answers the dashboard's queries, with rows where there are records.
func TestDashboardQueries(t *testing.T) {
	address := bustest.ClickHouse(t)
	u, err := bus.ParseURL("clickhouse://" + address + "/records")
	if err != nil {
		t.Fatal(err)
	}
	c, err := clickhouse.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Open(t.Context(), new(bus.Counters))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	records, err := exec.Command("go", "run", "../../cmd/mercury", "-a", "--metadata", "-r", "../../testdata/captures/*.pcap").Output()
	if err != nil {
		t.Fatal(err)
	}
	var rows []byte
	n := 0
	for line := range bytes.Lines(records) {
		if n == 0 { // one that the panel of malware shows
			line = bytes.Replace(line, []byte("{"), []byte(`{"analysis":{"process":"x","score":1.0,"malware":1,"p_malware":0.9},`), 1)
		}
		rows = append(fmt.Appendf(rows, `{"_id":"m","_line":%d,"_sensor":"a",`, n), line[1:]...)
		n++
	}
	if err := s.Add("m", rows); err != nil {
		t.Fatal(err)
	}
	if rejected, _, err := s.Commit(t.Context()); rejected > 0 || err != nil {
		t.Fatal(rejected, err)
	}
	// What Grafana makes of its macros, for the captures' years.
	grafana := strings.NewReplacer(
		"$__timeFilter(event_time)", "event_time >= '2020-01-01' AND event_time <= '2040-01-01'",
		"$__timeInterval(event_time)", "toStartOfInterval(toDateTime(event_time), INTERVAL 60 second)",
		"${sensor:singlequote}", "'a','b'")
	for _, p := range dashboardPanels(t) {
		query := grafana.Replace(p.Targets[0].RawSQL)
		if strings.Contains(query, "$") {
			t.Errorf("panel %s: %s", p.Title, query)
		}
		answer, err := http.Post("http://"+address+"/", "text/plain", strings.NewReader(query))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("panel %s: %s, %v: %s\n%s", p.Title, answer.Status, err, text, query)
			continue
		}
		if first, _, _ := strings.Cut(string(text), "\n"); first == "" || first == "0" || first == `\N` {
			t.Errorf("panel %s: nothing: %q\n%s", p.Title, text, query)
		}
	}
}

// Units call commands with flags that these have, and systemd understands them.
func TestUnits(t *testing.T) {
	units, err := filepath.Glob("units/*.service")
	if err != nil || len(units) != 4 {
		t.Fatal(units, err)
	}
	env, err := os.ReadFile("units/bus.env")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	flag := regexp.MustCompile(`--[a-z]+`)
	for _, name := range units {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		start := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/(.*)$`).FindSubmatch(text)
		if start == nil {
			t.Fatalf("%s: no command", name)
		}
		words := strings.Fields(string(start[1]))
		call := []string{"run", "../../cmd/" + words[0]}
		if words[0] == "merc-bus" {
			call = append(call, words[1])
		}
		help, err := exec.Command("go", append(call, "--help")...).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range flag.FindAllString(string(start[1]), -1) {
			if !strings.Contains(string(help), f) {
				t.Errorf("%s: no flag %s", name, f)
			}
		}
		for _, v := range regexp.MustCompile(`\$\{([A-Z_]+)\}`).FindAllStringSubmatch(string(start[1]), -1) {
			if !strings.Contains(string(env), "\n"+v[1]+"=") {
				t.Errorf("%s: bus.env has no %s", name, v[1])
			}
		}
		// The commands need not be installed here.
		text = regexp.MustCompile(`/usr/local/bin/(mercury|merc-[a-z]+)`).ReplaceAll(text, []byte("/bin/true"))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze: units are not verified")
	}
	for _, name := range units {
		base := strings.Replace(filepath.Base(name), "@.", "@1.", 1)
		if base != filepath.Base(name) {
			if err := os.Rename(filepath.Join(dir, filepath.Base(name)), filepath.Join(dir, base)); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(analyze, "verify", "--man=no", filepath.Join(dir, base)).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, base) {
				t.Errorf("%s: %s", name, line)
			}
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
