package cmd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"merctools/lib/capture/pcap"
	"merctools/lib/packet"
)

// maxMemory is what a command may have resident with a number of threads, in
// MiB, whatever its input.
func maxMemory(threads int) int { return 64 + 8*threads }

// measured is what a command wrote, and the most memory that it had.
type measured struct {
	lines, bytes int
	memory       int    // in MiB
	said         string // to standard error
}

// Write counts what the command writes to standard output.
func (m *measured) Write(p []byte) (int, error) {
	m.lines += bytes.Count(p, []byte{'\n'})
	m.bytes += len(p)
	return len(p), nil
}

// measureVariable names the file that a process of this test writes the memory
// of the command to that it runs for it. A command's own figure begins with the
// memory of the process that starts it, and that of a test which has run for a
// while is large.
const measureVariable = "MERC_TEST_MEASURE"

func init() {
	name := os.Getenv(measureVariable)
	if name == "" {
		return
	}
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, measureVariable+"=") })
	err := c.Run()
	if c.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	memory := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // in KiB
	if err := os.WriteFile(name, []byte(strconv.FormatInt(memory, 10)), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(c.ProcessState.ExitCode())
}

func measure(t *testing.T, in io.Reader, name string, args ...string) (m measured) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "memory")
	c := exec.Command(self, append([]string{command(name)}, args...)...)
	c.Env = append(os.Environ(), measureVariable+"="+file)
	var errors bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = in, &m, &errors
	if err := c.Run(); err != nil {
		t.Fatalf("%s %s: %v: %.500s", name, args, err, errors.String())
	}
	m.said = errors.String()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kib, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	m.memory = kib >> 10
	return m
}

// checkMemory checks the memory of a command with few threads and with many.
// Output is returned of one run; it must be the same in all.
func checkMemory(t *testing.T, what string, in func() io.Reader, name string, args ...string) (first measured) {
	t.Helper()
	for i, threads := range []int{1, 2, 16, 64} {
		m := measure(t, in(), name, slices.Concat([]string{"-t", fmt.Sprint(threads)}, args)...)
		t.Logf("%s, %s -t %d: %d MiB, %d lines, %d bytes written", what, name, threads, m.memory, m.lines, m.bytes)
		if most := maxMemory(threads); m.memory > most {
			t.Errorf("%s, %s -t %d: %d MiB, want at most %d", what, name, threads, m.memory, most)
		}
		if i == 0 {
			first = m
		} else if m.lines != first.lines || m.bytes != first.bytes {
			t.Errorf("%s, %s -t %d: %d bytes, %d lines, with one thread %d, %d", what, name, threads, m.bytes, m.lines, first.bytes, first.lines)
		}
	}
	return first
}

// dnsBomb is an IPv4 packet, in an Ethernet frame, with a DNS answer of n
// records of type SOA. All names point to one of control characters, each of
// which takes six bytes in JSON.
func dnsBomb(n int) []byte {
	be := binary.BigEndian
	dns := []byte{0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}
	for range 3 {
		dns = append(append(dns, 63), bytes.Repeat([]byte{1}, 63)...)
	}
	dns = append(dns, 0, 0, 6, 0, 1)
	for i := range n {
		dns = append(dns, 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 1, 0, 24, 0xc0, 12, 0xc0, 12)
		dns = append(dns, make([]byte, 20)...)
		// Sections have the same number of records, or one less.
		be.PutUint16(dns[6+2*(i%3):], uint16(i/3+1))
	}
	p := append(make([]byte, 12), 8, 0)
	p = append(p, 0x45, 0)
	p = be.AppendUint16(p, uint16(28+len(dns)))
	p = append(p, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
	p = append(p, 0, 53, 0, 0)
	p = be.AppendUint16(p, uint16(8+len(dns)))
	p = append(p, 0, 0)
	return append(p, dns...)
}

const dnsBombPort = 14 + 20 + 2 // offset of the port that the answer goes to

// bombs is a capture of n such packets, each of a flow of its own.
func bombs(n, answers int) []byte {
	format := pcap.PCAPFormat{SnapLen: 65535, Link: packet.LinkEthernet}
	text := format.AppendHeader(nil)
	p := dnsBomb(answers)
	for i := range n {
		binary.BigEndian.PutUint16(p[dnsBombPort:], uint16(1024+i))
		text = format.AppendPacket(text, int64(i), p, len(p))
	}
	return text
}

// TestMemoryOfRecords checks that records don't pile up where a block of a
// capture has two hundred times its size of them.
func TestMemoryOfRecords(t *testing.T) {
	for _, c := range []struct {
		what        string
		packets     int
		answers     int // in each
		least, most int // bytes of a record
	}{
		{"records of 256 KiB", 1000, 75, 200_000, 300_000},
		{"records of almost 1 MiB", 300, 280, 900_000, 1 << 20},
		{"records that are given up", 300, 360, 0, 0},
	} {
		in := bombs(c.packets, c.answers)
		for _, args := range [][]string{{"mercury", "-r", "-", "--dns-json"}, {"merc-fp", "--dns-json", "--reassembly"}} {
			m := checkMemory(t, c.what, func() io.Reader { return bytes.NewReader(in) }, args[0], args[1:]...)
			if m.bytes < c.packets*c.least || m.bytes > c.packets*c.most {
				t.Errorf("%s: %d bytes in %d lines from %d packets", c.what, m.bytes, m.lines, c.packets)
			}
		}
	}
}

// TestMemoryOfPackets checks that what is known of packets does not pile up,
// where that is more than their bytes.
func TestMemoryOfPackets(t *testing.T) {
	format := pcap.PCAPFormat{SnapLen: 65535, Link: packet.LinkEthernet}
	var some []byte
	for range 1 << 12 {
		some = format.AppendPacket(some, 0, nil, 0)
	}
	in := func() io.Reader {
		parts := []io.Reader{bytes.NewReader(format.AppendHeader(nil))}
		for range 1 << 9 { // two million packets
			parts = append(parts, bytes.NewReader(some))
		}
		return io.MultiReader(parts...)
	}
	checkMemory(t, "packets without a byte", in, "merc-fp")
}

// TestMemoryOfLines checks that merc-analyze has bounded memory for lines of
// any length, and that those that are too long pass through.
func TestMemoryOfLines(t *testing.T) {
	const (
		begin = `{"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},"tls":{"client":{"server_name":"`
		end   = `"}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"src_port":1,"dst_port":443,"event_start":1.0}` + "\n"
	)
	x := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		what  string
		name  int // length of the server's name in MiB
		lines int
		said  string
	}{
		{"lines of 1 MiB", 1, 100, ""},
		{"lines of 15 MiB", 15, 8, ""},
		{"a line of 300 MiB", 300, 1, "merc-analyze: 1 lines passed through that are longer than 16 MiB\n"},
	} {
		in := func() io.Reader {
			var parts []io.Reader
			for range c.lines {
				parts = append(parts, strings.NewReader(begin))
				for range c.name {
					parts = append(parts, strings.NewReader(x))
				}
				parts = append(parts, strings.NewReader(end))
			}
			return io.MultiReader(append(parts, strings.NewReader("{}\n"))...)
		}
		m := checkMemory(t, c.what, in, "merc-analyze")
		whole := c.lines * (len(begin) + c.name<<20 + len(end))
		analyses := m.bytes - whole - len("{}\n")
		if m.lines != c.lines+1 || (analyses > 0) != (c.said == "") {
			t.Errorf("%s: %d lines, %d bytes more than came in", c.what, m.lines, analyses)
		}
		if !strings.Contains(m.said, c.said) {
			t.Errorf("%s: %q is said", c.what, m.said)
		}
	}
}

// TestMemoryOfValues checks that lines with millions of values take no more
// memory than others.
func TestMemoryOfValues(t *testing.T) {
	const end = `"tls":{"client":{}},"src_ip":"192.0.2.1","dst_ip":"192.0.2.2","protocol":6,"event_start":1.0}` + "\n"
	const size = 15 << 20
	repeat := func(text string) string { return strings.Repeat(text, size/len(text)) }
	for _, tt := range []struct{ what, line string }{
		{"an array of numbers", `{"x":[` + repeat("0,") + `0],` + end},
		{"an array of arrays", `{"x":[` + repeat("[],") + `0],` + end},
		{"arrays in arrays", `{"x":[` + repeat("[[[[[[[[[[]]]]]]]]]],") + `0],` + end},
		{"objects", `{"x":[` + repeat(`{"":{}},`) + `0],` + end},
		{"members", `{` + repeat(`"a":1,`) + end},
		{"a label", `{"src_process":{"name":"x","attributes":[` + repeat("0,") + `0]},"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},` + end},
	} {
		for _, args := range [][]string{
			{"merc-select", "tls"}, {"merc-select", "tls", "--where=src_ip=192.0.2.1"},
			{"merc-select", "all", "--fields=src_ip,event_start"},
			{"merc-analyze", "-t", "1"}, {"merc-analyze", "label", "--process=y"},
			{"merc-analyze", "build"},
		} {
			if args[len(args)-1] == "build" && tt.what != "a label" {
				continue
			}
			in := strings.NewReader(tt.line + `{"tls":{"client":{}}}` + "\n")
			if args[len(args)-1] == "build" {
				in = strings.NewReader(tt.line + `{"src_process":{"name":"x"},"fingerprints":{"tls":"tls/(0303)(1301)((0000))"},` + end)
			}
			m := measure(t, in, args[0], args[1:]...)
			t.Logf("%s, %s: %d MiB, %d lines, %d bytes", tt.what, args, m.memory, m.lines, m.bytes)
			if m.memory > maxMemory(1) {
				t.Errorf("%s, %s: %d MiB, want at most %d", tt.what, args, m.memory, maxMemory(1))
			}
			if m.bytes == 0 {
				t.Errorf("%s, %s: nothing comes out", tt.what, args)
			}
		}
	}
}
