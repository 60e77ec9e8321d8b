package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring/testnet"
)

// With these flags, the first datagram of each flow is a record.
var firstData = []string{"--select=none", "--nonselected-udp-data"}

// network is one with a pair of interfaces, a sender that sends from a to b,
// and a directory for output.
type network struct {
	*testnet.Net
	t      *testing.T
	sender *testnet.Sender
	dir    string
	port   int // of the next flow
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{Net: testnet.New(t), t: t, dir: t.TempDir()}
	if err := os.Chmod(n.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(n.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	n.Pair("a", "b", 1500)
	var err error
	n.Do(func() { n.sender, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.sender.Close() }) // the present one
	return n
}

// start starts a capture from b as root, and waits until it runs.
func (n *network) start(args ...string) *testnet.Command {
	n.t.Helper()
	return n.startEnv(nil, append(args, "-u", "root")...)
}

func (n *network) startEnv(env []string, args ...string) *testnet.Command {
	n.t.Helper()
	c := n.SelfEnv(env, io.Discard, append(args, "-v", "-c", "b", "-b", "0.002", "-d", n.dir)...)
	if !slices.Contains(args, "--wait") {
		c.Said("capturing from b")
	}
	return c
}

// send sends datagrams of a flow each.
func (n *network) send(count int) {
	n.t.Helper()
	var frames [][]byte
	for range count {
		frames = append(frames, testnet.UDP(uint16(n.port>>14), 2, uint16(1+n.port&0x3fff), 53000, []byte("first data")))
		n.port++
	}
	if err := n.sender.Send(frames...); err != nil {
		n.t.Fatal(err)
	}
}

// files are the names in the output directory.
func (n *network) files() []string {
	n.t.Helper()
	entries, err := os.ReadDir(n.dir)
	if err != nil {
		n.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// records reads a file of records, and returns the port of each.
func (n *network) records(name string) []int {
	n.t.Helper()
	b, err := os.ReadFile(filepath.Join(n.dir, name))
	if err != nil {
		n.t.Fatal(err)
	}
	return ports(n.t, b)
}

func ports(t *testing.T, b []byte) []int {
	t.Helper()
	var all []int
	for line := range bytes.Lines(b) {
		var r struct {
			SrcPort int `json:"src_port"`
		}
		if err := json.Unmarshal(line, &r); err != nil || line[len(line)-1] != '\n' {
			t.Fatalf("%v: %q", err, line)
		}
		all = append(all, r.SrcPort)
	}
	return all
}

// waitFor waits until a file has so many lines.
func (n *network) waitFor(name string, lines int) {
	n.t.Helper()
	testnet.Until(n.t, fmt.Sprintf("%d lines in %s", lines, name), func() bool {
		b, err := os.ReadFile(filepath.Join(n.dir, name))
		return err == nil && bytes.Count(b, []byte("\n")) >= lines
	})
}

func expectCounts(t *testing.T, c *testnet.Command, counts map[string]int, want map[string]int) {
	t.Helper()
	for what, n := range want {
		if got, ok := counts[what]; !ok || got != n {
			t.Errorf("%d %s, want %d\n%s", got, what, n, c.Stderr())
		}
	}
}

func TestLiveRecords(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "4"} {
		n := newNetwork(t)
		c := n.start(append(firstData, "-f", "out.json", "-t", threads)...)
		n.send(3000)
		n.waitFor("out.json", 3000)
		c.Signal(syscall.SIGTERM)
		expectCounts(t, c, c.Wait(), map[string]int{
			"packets captured": 3000, "packets seen by socket": 3000, "packets dropped": 0, "socket queue freezes": 0,
			"bytes captured": 3000 * 52, "output drops": 0, "records written": 3000,
		})
		got := n.records("out.json")
		slices.Sort(got)
		if len(got) != 3000 || got[0] != 1 || got[2999] != 3000 {
			t.Errorf("%d records", len(got))
		}
	}
}

var rotatedName = regexp.MustCompile(`^out\.json-([0-9a-f]+)-\d{14}$`)

// After so many records there is another file. Files have their names when
// they are whole.
func TestLiveLimit(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "-l", "100", "-t", "2")...)
	for range 9 {
		n.send(50)
		time.Sleep(30 * time.Millisecond)
		for _, name := range n.files() {
			if rotatedName.MatchString(name) && len(n.records(name)) != 100 {
				t.Errorf("%s has %d records", name, len(n.records(name)))
			}
		}
	}
	n.send(5)
	c.Counted("records written", 455)
	c.Signal(syscall.SIGINT)
	c.Wait()
	var sizes, all []int
	for i, name := range n.files() {
		m := rotatedName.FindStringSubmatch(name)
		if m == nil || m[1] != strconv.FormatInt(int64(i), 16) {
			t.Fatalf("files %q", n.files())
		}
		r := n.records(name)
		sizes = append(sizes, len(r))
		all = append(all, r...)
	}
	slices.Sort(all)
	if !slices.Equal(sizes, []int{100, 100, 100, 100, 55}) || len(slices.Compact(all)) != 455 {
		t.Errorf("%v records, %d in all", sizes, len(all))
	}
}

// A file that has records is finished when its time is over, also when no more
// come.
func TestLiveOutputTime(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "--output-time", "1")...)
	finished := func() (records int) {
		for _, name := range n.files() {
			if rotatedName.MatchString(name) {
				records += len(n.records(name))
			}
		}
		return records
	}
	for i := range 2 {
		n.send(10)
		testnet.Until(t, "file", func() bool { return finished() == 10*(i+1) })
	}
	c.Signal(syscall.SIGINT)
	c.Wait()
	if names := n.files(); len(names) < 2 || finished() != 20 {
		t.Errorf("files %q", names)
	}
}

// SIGHUP begins the next file at once.
func TestLiveHangupRotates(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "--output-time", "1h")...)
	n.send(10)
	c.Counted("records written", 10)
	c.Signal(syscall.SIGHUP)
	testnet.Until(t, "file", func() bool { return slices.ContainsFunc(n.files(), rotatedName.MatchString) })
	n.send(20)
	c.Counted("records written", 30)
	c.Signal(syscall.SIGINT)
	c.Wait()
	if names := n.files(); len(names) != 2 || len(n.records(names[0])) != 10 || len(n.records(names[1])) != 20 {
		t.Errorf("files %q", names)
	}
}

// SIGHUP begins the file anew after another program has moved it.
func TestLiveHangup(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json")...)
	n.send(10)
	n.waitFor("out.json", 10)
	if err := os.Rename(filepath.Join(n.dir, "out.json"), filepath.Join(n.dir, "old.json")); err != nil {
		t.Fatal(err)
	}
	n.send(5)
	n.waitFor("old.json", 15)
	c.Signal(syscall.SIGHUP)
	testnet.Until(t, "new file", func() bool { return len(n.files()) == 2 })
	n.send(7)
	n.waitFor("out.json", 7)
	c.Signal(syscall.SIGINT)
	c.Wait()
	if len(n.records("old.json")) != 15 || len(n.records("out.json")) != 7 {
		t.Errorf("%d and %d records", len(n.records("old.json")), len(n.records("out.json")))
	}
}

// SIGHUP reads lists of indicators again: packets that come after it are matched
// against the new one.
func TestLiveIndicators(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	list := filepath.Join(n.dir, "list")
	rename := func(text string) { // as lists are replaced
		if err := errors.Join(os.WriteFile(list+".new", []byte(text), 0o644), os.Rename(list+".new", list)); err != nil {
			t.Fatal(err)
		}
	}
	rename("192.0.2.1\n")
	c := n.start(append(firstData, "-f", "out.json", "--analysis", "--indicators", list)...)
	hits := func() []byte {
		b, err := os.ReadFile(filepath.Join(n.dir, "out.json"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	n.send(10)
	n.waitFor("out.json", 10)
	if b := hits(); bytes.Contains(b, []byte(`"indicators"`)) {
		t.Errorf("a list without their addresses matches: %s", b)
	}
	rename("192.0.2.1\n10.0.0.0/8 # lab\n")
	c.Signal(syscall.SIGHUP)
	c.Said("2 indicators in 1 lists")
	testnet.Until(t, "records with the new indicator", func() bool {
		n.send(1)
		return bytes.Contains(hits(), []byte(`"indicators":[{"value":"10.0.0.0/8","kind":"network","in":"src_ip","list":"`+list+`","line":2,"text":"lab"}`))
	})
	// A list that can't be read leaves it.
	rename("<html>\n")
	c.Signal(syscall.SIGHUP)
	c.Said("keeping the old indicators")
	before := bytes.Count(hits(), []byte(`"indicators"`))
	testnet.Until(t, "records with the old indicator", func() bool {
		n.send(1)
		return bytes.Count(hits(), []byte(`"indicators"`)) > before
	})
	c.Signal(syscall.SIGINT)
	c.Wait()
}

func TestLiveOverwrite(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	name := filepath.Join(n.dir, "out.json")
	if err := os.WriteFile(name, []byte("precious\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := n.Self(io.Discard, "-c", "b", "-b", "0.002", "-u", "root", "-d", n.dir, "-f", "out.json")
	if err := <-c.Ended(); err == nil || !strings.Contains(c.Stderr(), "--overwrite") {
		t.Errorf("%v: %s", err, c.Stderr())
	}
	if b, _ := os.ReadFile(name); string(b) != "precious\n" {
		t.Errorf("the file has %q", b)
	}
	c = n.start("-f", "out.json", "-o")
	c.Signal(syscall.SIGINT)
	c.Wait()
	if b, _ := os.ReadFile(name); len(b) != 0 {
		t.Errorf("the file has %q", b)
	}
}

func readCapture(t *testing.T, name string) [][]byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.Open(f, name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all [][]byte
	for {
		var b capture.Batch
		if err := r.ReadBatch(&b); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Packets {
			all = append(all, b.Bytes(i))
		}
	}
}

// Without a selection all packets are written, and otherwise those that have
// records.
func TestLivePackets(t *testing.T) {
	t.Parallel()
	// A NetBIOS name query (RFC 1002, 4.2.12).
	known := testnet.UDP(1, 2, 137, 137, []byte("\x12\x34\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00"+
		"\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\x00\x21\x00\x01"))
	other := testnet.UDP(1, 2, 53000, 53001, []byte("nothing that is known"))
	tests := []struct {
		args []string
		want int
	}{
		{nil, 300},
		{[]string{"-s"}, 100},
		{[]string{"--select=nbns"}, 100},
		{[]string{"--select=tls"}, 0},
	}
	n := newNetwork(t)
	var commands []*testnet.Command
	for i, test := range tests {
		args := append(test.args, "-w", fmt.Sprint(i), "-t", "2", "-v", "-c", "b", "-b", "0.002", "-d", n.dir, "-u", "root")
		commands = append(commands, n.Self(io.Discard, args...))
	}
	for _, c := range commands {
		c.Said("capturing from b")
	}
	for range 100 {
		if err := n.sender.Send(other, known, other); err != nil {
			t.Fatal(err)
		}
	}
	for i, test := range tests {
		c := commands[i]
		c.Counted("packets captured", 300)
		c.Signal(syscall.SIGINT)
		expectCounts(t, c, c.Wait(), map[string]int{"packets captured": 300, "packets written": test.want})
		got := readCapture(t, filepath.Join(n.dir, fmt.Sprint(i)))
		if len(got) != test.want {
			t.Errorf("%v: %d packets, want %d", test.args, len(got), test.want)
		}
		if test.want == 100 && !bytes.Equal(got[50], known) {
			t.Errorf("%v: %x", test.args, got[50])
		}
	}
}

func TestLivePacketsLimit(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start("-w", "out.pcap", "-l", "100")
	n.send(250)
	c.Counted("packets written", 250)
	c.Signal(syscall.SIGINT)
	c.Wait()
	names := n.files()
	if len(names) != 3 {
		t.Fatalf("files %q", names)
	}
	for i, want := range []int{100, 100, 50} {
		if got := readCapture(t, filepath.Join(n.dir, names[i])); len(got) != want {
			t.Errorf("%s: %d packets, want %d", names[i], len(got), want)
		}
	}
}

// When the disk is full, records are lost and counted, none is cut, and the
// capture goes on when there is room.
func TestLiveDiskFull(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-l", "1000"}} {
		n := newNetwork(t)
		n.Tmpfs(n.dir, 512<<10)
		n.Do(func() { os.Chmod(n.dir, 0o777) })
		c := n.start(append(append(firstData, "-f", "out.json"), args...)...)
		total := 0
		send := func(count int) {
			n.send(count)
			total += count
		}
		for !strings.Contains(c.Stderr(), "output is being lost") {
			if total > 20000 {
				t.Fatal("nothing is being lost")
			}
			send(500)
			c.Counted("packets captured", total)
		}
		if !strings.Contains(c.Stderr(), "no space left on device") {
			t.Error(c.Stderr())
		}
		send(2000)
		c.Counted("output drops", 1900) // a few records may still fit

		// Somebody makes room, by taking away what is there.
		kept := 0
		n.Do(func() {
			names, _ := filepath.Glob(filepath.Join(n.dir, "out.json*"))
			for _, name := range names {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Error(err)
				}
				kept += bytes.Count(b, []byte("\n"))
				if len(b) > 0 && b[len(b)-1] != '\n' {
					t.Errorf("%s ends in half a record", name)
				}
				if args == nil {
					os.Truncate(name, 0)
				} else {
					os.Remove(name)
				}
			}
		})
		send(100)
		c.Said("writing output again")
		send(100)
		c.Counted("packets captured", total)
		c.Signal(syscall.SIGINT)
		counts := c.WaitFailed("no space left on device")
		if !strings.Contains(c.Stderr(), fmt.Sprintf("mercury: lost %d records: ", counts["output drops"])) {
			t.Error(c.Stderr())
		}
		if counts["records written"]+counts["output drops"] != total || counts["output drops"] < 1900 || counts["packets captured"] != total {
			t.Errorf("%d sent: %s", total, c.Stderr())
		}
		n.Do(func() {
			names, _ := filepath.Glob(filepath.Join(n.dir, "out.json*"))
			last := names[len(names)-1]
			b, err := os.ReadFile(last)
			if err != nil || !bytes.HasSuffix(b, []byte("}\n")) || !bytes.Contains(b, []byte(fmt.Sprintf(`"src_port":%d,`, total))) {
				t.Errorf("%v: %s ends with %q", err, last, b[max(0, len(b)-200):])
			}
		})
	}
}

// status reads a line of each thread's status.
func status(t *testing.T, pid int, key string) []string {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) < 2 {
		t.Fatal(tasks, err)
	}
	var all []string
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the thread has ended
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if value, ok := strings.CutPrefix(line, key+":"); ok {
				all = append(all, strings.Join(strings.Fields(value), " "))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Every thread becomes the user, and files are that user's.
func TestLiveUser(t *testing.T) {
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("skipped: needs a user nobody")
	}
	id := strings.Join([]string{nobody.Uid, nobody.Uid, nobody.Uid, nobody.Uid}, " ")
	for _, sudo := range []bool{false, true} {
		n := newNetwork(t)
		args, env := append(firstData, "-f", "out.json", "-t", "3"), []string(nil)
		if sudo {
			env = []string{"SUDO_UID=" + nobody.Uid, "SUDO_GID=" + nobody.Gid, "SUDO_USER=nobody"}
		} else {
			args = append(args, "-u", "nobody")
		}
		c := n.startEnv(env, args...)
		n.send(10)
		n.waitFor("out.json", 10)
		if got := status(t, c.Pid(), "Uid"); !slices.Equal(got, []string{id}) {
			t.Errorf("user %q", got)
		}
		if got := status(t, c.Pid(), "Gid"); len(got) != 1 || strings.HasPrefix(got[0], "0 ") {
			t.Errorf("group %q", got)
		}
		for _, groups := range status(t, c.Pid(), "Groups") {
			if slices.Contains(strings.Fields(groups), "0") {
				t.Errorf("groups %q", groups)
			}
		}
		for _, set := range []string{"CapEff", "CapPrm"} {
			if got := status(t, c.Pid(), set); !slices.Equal(got, []string{"0000000000000000"}) {
				t.Errorf("%s %q", set, got)
			}
		}
		info, err := os.Stat(filepath.Join(n.dir, "out.json"))
		if err != nil || fmt.Sprint(info.Sys().(*syscall.Stat_t).Uid) != nobody.Uid {
			t.Errorf("%v: the file is not the user's", err)
		}
		// Also without privileges, the interface may go down and come back.
		n.IP("link", "set", "dev", "b", "down")
		c.Said("interface b is down")
		n.IP("link", "set", "dev", "b", "up")
		c.Said("interface b is up again")
		n.send(10)
		n.waitFor("out.json", 20)
		c.Signal(syscall.SIGINT)
		c.Wait()
	}
}

func TestLiveRefusesRoot(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.Self(io.Discard, "-c", "b", "-b", "0.002")
	if err := <-c.Ended(); err == nil || !strings.Contains(c.Stderr(), "refusing to keep running as root") {
		t.Errorf("%v: %s", err, c.Stderr())
	}
}

func TestLiveConfig(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	config := filepath.Join(n.dir, "test.cfg")
	err := os.WriteFile(config, []byte(`# a comment
capture = b
finger print = out.json

nonsense
select=none
nonselected-udp-data
user = root
directory = `+n.dir+`
buffer=0.002
threads = 2
verbosity = 1
limit = ten
   # another comment
limit = 10`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	c := n.Self(io.Discard, "--config", config, "-l", "20")
	c.Said("capturing from b with 2 rings")
	for _, want := range []string{
		`test.cfg: skipped line 5: unknown key "nonsense"`,
		`test.cfg: skipped line 13: "ten" is not a number`,
	} {
		if !strings.Contains(c.Stderr(), want) {
			t.Errorf("no %q in %s", want, c.Stderr())
		}
	}
	n.send(30)
	c.Counted("packets captured", 30)
	c.Signal(syscall.SIGINT)
	c.Wait()
	names := n.files() // the first is the file of 20 records
	if len(names) != 3 || len(n.records(names[0])) != 20 || len(n.records(names[1])) != 10 {
		t.Errorf("files %q", names)
	}
}

func TestLiveMetrics(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "-t", "2", "--metrics", "9999")...)
	n.send(500)
	n.waitFor("out.json", 500)
	var body []byte
	var err, outside error
	n.IP("addr", "add", "192.0.2.1/24", "dev", "b")
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err = n.Enter(); err != nil {
			return
		}
		body, err = get("http://127.0.0.1:9999/metrics")
		_, outside = net.DialTimeout("tcp", "192.0.2.1:9999", time.Second)
	}()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	if outside == nil {
		t.Error("metrics are served to other hosts")
	}
	sum := map[string]int{}
	flows := false
	for line := range strings.Lines(string(body)) {
		flows = flows || strings.HasPrefix(line, `mercury_state_total{event="begun",kind="udp_flows"}`) && !strings.HasSuffix(line, " 0\n")
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ = strings.Cut(name, "{")
		v, _ := strconv.Atoi(value)
		sum[name] += v
	}
	for name, want := range map[string]int{
		"mercury_captured_packets_total": 500, "mercury_captured_bytes_total": 500 * 52, "mercury_socket_packets_total": 500,
		"mercury_dropped_packets_total": 0, "mercury_output_written_total": 500, "mercury_output_lost_total": 0,
		"mercury_records_shortened_total": 0, "mercury_packets_given_up_total": 0,
	} {
		if got, ok := sum[name]; !ok || got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	if !flows {
		t.Errorf("no flows of UDP were counted: %s", body)
	}
	c.Signal(syscall.SIGINT)
	c.Wait()
}

// get fetches a page over a connection that is made by the calling goroutine,
// and so in its network.
func get(url string) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", strings.Split(url, "/")[2], 5*time.Second)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// The service manager is told of the beginning, the end, new files, and that
// all is well, as often as it asked for.
func TestLiveNotify(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	name := filepath.Join(n.dir, "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := n.startEnv([]string{"NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=6000000"}, "-u", "root", "-f", "out.json")
	expect := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		l.SetReadDeadline(time.Now().Add(30 * time.Second))
		if k, err := l.Read(b); err != nil || string(b[:k]) != want {
			t.Fatalf("%q, %v; want %q", b[:k], err, want)
		}
	}
	expect("READY=1")
	expect("WATCHDOG=1")
	c.Signal(syscall.SIGHUP)
	expect("RELOADING=1")
	expect("READY=1")
	expect("WATCHDOG=1")
	c.Signal(syscall.SIGTERM)
	expect("STOPPING=1")
	c.Wait()
}

func TestLiveTells(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "-t", "2")...)
	n.send(100)
	n.waitFor("out.json", 100)
	c.Signal(syscall.SIGUSR1)
	c.Said("100 packets captured")
	c.Said("100 records written")
	c.Said("ring 1: ")
	c.Said("packets/s, ")
	c.Signal(syscall.SIGINT)
	c.Wait()
}

// A pipe that nobody reads keeps the capture from beginning, but not from ending.
func TestLivePipe(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	pipe := filepath.Join(n.dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	args := append(firstData, "-f", "pipe", "-c", "b", "-b", "0.002", "-d", n.dir, "-u", "root")
	c := n.Self(io.Discard, args...)
	testnet.Until(t, "socket for all protocols", func() bool {
		out, err := n.Run("cat", "/proc/net/packet")
		return err == nil && bytes.Contains(out, []byte(" 0003 "))
	})
	c.Signal(syscall.SIGTERM)
	if err := <-c.Ended(); err == nil || !strings.Contains(c.Stderr(), "interrupted before the capture began") {
		t.Errorf("%v: %s", err, c.Stderr())
	}

	c = n.Self(io.Discard, args...)
	f, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n.send(10)
	c.Counted("records written", 10)
	c.Signal(syscall.SIGINT)
	c.Wait()
	if b, err := io.ReadAll(f); err != nil || len(ports(t, b)) != 10 {
		t.Errorf("%q, %v", b, err)
	}
}

// Readers of a pipe come and go while the output is to be reopened: each record
// comes once, to one of them, as long as there is one. When there is none, the
// capture ends, and says what is lost.
func TestLivePipeReaders(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	name := filepath.Join(n.dir, "fifo")
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	reader := func() *os.File {
		t.Helper()
		f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	r := reader()
	c := n.start(append(firstData, "-f", "fifo", "-t", "1")...)
	all := map[int]bool{}
	const rounds, each = 20, 10
	for i := range rounds {
		n.send(each)
		for range 5 {
			c.Signal(syscall.SIGHUP)
		}
		if i%2 == 0 {
			next := reader() // before the other goes
			read := lines(t, r, each)
			r.Close()
			r = next
			for _, port := range ports(t, read) {
				all[port] = true
			}
			continue
		}
		read := lines(t, r, each)
		for _, port := range ports(t, read) {
			all[port] = true
		}
		r.Close() // nobody reads, and nothing is written
		c.Signal(syscall.SIGHUP)
		r = reader()
	}
	if len(all) != rounds*each {
		t.Errorf("%d records", len(all))
	}
	r.Close()
	n.send(each)
	counts := c.WaitFailed("fifo: broken pipe")
	unread := counts["packets seen by socket"] - counts["packets captured"]
	if counts["records written"] != rounds*each || counts["output drops"] == 0 || counts["output drops"]+unread != each {
		t.Error(c.Stderr())
	}
}

// lines reads so many lines of a pipe, which has no end before they are there.
func lines(t *testing.T, f *os.File, count int) (text []byte) {
	t.Helper()
	end := time.Now().Add(time.Minute)
	f.SetReadDeadline(end)
	for bytes.Count(text, []byte("\n")) < count {
		var b [4096]byte
		k, err := f.Read(b[:])
		text = append(text, b[:k]...)
		if err == io.EOF && time.Now().Before(end) { // before it is opened for writing
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			t.Fatalf("%v, after %d lines", err, bytes.Count(text, []byte("\n")))
		}
	}
	return text
}

// A capture from an interface that does not exist yet.
func TestLiveWait(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.IP("link", "del", "dev", "b")
	c := n.start(append(firstData, "--wait", "-f", "out.json", "-t", "3")...)
	c.Said("waiting for interface b")
	n.Pair("a", "b", 1500)
	c.Said("capturing from b")
	n.sender.Close()
	var err error
	n.Do(func() { n.sender, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	n.send(100)
	n.waitFor("out.json", 100)
	n.IP("link", "del", "dev", "b")
	c.Said("interface b was removed")
	c.Signal(syscall.SIGINT)
	expectCounts(t, c, c.Wait(), map[string]int{"packets captured": 100})
}

func TestLiveRemoved(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := n.start(append(firstData, "-f", "out.json", "-t", "2")...)
	n.send(100)
	n.waitFor("out.json", 100)
	n.IP("link", "del", "dev", "b")
	if err := <-c.Ended(); err == nil || !strings.Contains(c.Stderr(), "b: the interface was removed") {
		t.Errorf("%v: %s", err, c.Stderr())
	}
	if c.Counts()["packets captured"] != 100 || len(n.records("out.json")) != 100 {
		t.Error(c.Stderr())
	}
}

// A record is at the reader of standard output within 200 ms, and nothing is
// said when the reader goes away.
func TestLiveStdout(t *testing.T) {
	n := newNetwork(t)
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := n.Self(pw, append(firstData, "-c", "b", "-b", "0.002", "-u", "root", "-v", "-t", "2")...)
	pw.Close()
	c.Said("capturing from b")
	buf := make([]byte, 64<<10)
	var took []time.Duration
	for i := range 10 {
		begin := time.Now()
		n.send(1)
		k, err := pr.Read(buf)
		took = append(took, time.Since(begin))
		if err != nil || !slices.Equal(ports(t, buf[:k]), []int{i + 1}) {
			t.Errorf("%q, %v", buf[:k], err)
		}
	}
	slices.Sort(took)
	if took[5] > 200*time.Millisecond { // the machine may be busy now and then
		t.Errorf("records took %v", took)
	}
	pr.Close()
	c.Wait()
	if strings.Contains(c.Stderr(), "--\n") {
		t.Errorf("said %s", c.Stderr())
	}
}

func TestMain(m *testing.M) { testnet.Main(m, main) }
