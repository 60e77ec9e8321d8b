package cmd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture"
	"merctools/lib/capture/pcap"
	"merctools/lib/capture/ring/testnet"
)

// recordDelay is within what time of its packet a record is there, in a
// pipeline of commands that capture, extract and analyse.
const recordDelay = 200 * time.Millisecond

// TestPipeline has all three commands at work on packets as they come.
func TestPipeline(t *testing.T) {
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	var s *testnet.Sender
	var err error
	n.Do(func() { s, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	dir := t.TempDir()
	archive := filepath.Join(dir, "resources.tgz")
	sh := exec.Command("sh", "-ec", `merc-fp "$1" | merc-analyze label --process=curl | merc-analyze build -o "$2"`, "sh", httpCapture, archive)
	sh.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	stages := []*exec.Cmd{
		exec.Command(command("merc-capture"), "-u", "root", "-b", "0.002", "b"),
		exec.Command(command("merc-fp")),
		exec.Command(command("merc-analyze"), "--resources", archive),
	}
	var in io.Reader
	for i, stage := range stages {
		stderr, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer stderr.Close()
		stage.Stdin, stage.Stderr = in, stderr
		if in, err = stage.StdoutPipe(); err != nil {
			t.Fatal(err)
		}
		n.Start(stage)
	}
	said := func(stage int) string {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(stage)))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		r := bufio.NewReader(in)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	}()

	request := httpRequest(t)
	send := func(port uint16) {
		binary.BigEndian.PutUint16(request[34:], port)
		if err := s.Send(request); err != nil {
			t.Fatal(err)
		}
	}
	// record waits for the record of a flow.
	record := func(port uint16, patience time.Duration) bool {
		deadline := time.After(patience)
		for {
			select {
			case line, ok := <-lines:
				if !ok {
					t.Fatalf("a command has ended: %s%s%s", said(0), said(1), said(2))
				}
				if !strings.Contains(line, `"process":"curl"`) {
					t.Fatalf("no analysis in %s", line)
				}
				if strings.Contains(line, fmt.Sprintf(`"src_port":%d,`, port)) {
					return true
				}
			case <-deadline:
				return false
			}
		}
	}
	port := uint16(2000)
	for { // the commands take some time to start
		port++
		send(port)
		if record(port, 100*time.Millisecond) {
			break
		}
		if port > 3000 {
			t.Fatal("no record")
		}
	}
	var took []time.Duration
	for range 10 {
		port++
		begin := time.Now()
		send(port)
		if !record(port, time.Minute) {
			t.Fatalf("no record of port %d", port)
		}
		took = append(took, time.Since(begin))
		time.Sleep(13 * time.Millisecond) // to meet blocks of the ring at different times
	}
	slices.Sort(took)
	t.Logf("records took from %v to %v", took[0], took[9])
	if took[5] > recordDelay { // the machine may be busy with other things now and then
		t.Errorf("records took %v", took)
	}

	// The end of the capture is the end of all.
	if err := stages[0].Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for line := range lines {
		t.Errorf("another record: %s", line)
	}
	for i, stage := range stages {
		if err := stage.Wait(); err != nil || i > 0 && said(i) != "" {
			t.Errorf("%s: %v: %s", stage.Path, err, said(i))
		}
	}
	if counters := said(0); !strings.Contains(counters, "\n0 packets dropped\n") {
		t.Errorf("counters: %s", counters)
	}
}

var httpCapture = filepath.Join(captures, "http.pcap")

// httpRequest returns the first frame of a capture that has a request in it.
func httpRequest(t *testing.T) []byte {
	t.Helper()
	f, err := os.Open(httpCapture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.Open(f, httpCapture)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b capture.Batch
	for {
		if err := r.ReadBatch(&b); errors.Is(err, io.EOF) {
			t.Fatalf("%s has no request", httpCapture)
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Packets {
			if bytes.Contains(b.Bytes(i), []byte("GET /")) {
				return bytes.Clone(b.Bytes(i))
			}
		}
	}
}
