package cmd

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestLabel has merc-analyze label find out who talks to whom: this test, to
// itself, through a socket on loopback.
func TestLabel(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	label := exec.Command(filepath.Join(bin, "merc-analyze"), "label")
	label.Stderr = os.Stderr
	in, err := label.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := label.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := label.Start(); err != nil {
		t.Fatal(err)
	}
	from, to := netip.MustParseAddrPort(c.LocalAddr().String()), netip.MustParseAddrPort(l.Addr().String())
	record := fmt.Sprintf(`{"src_ip":"%s","dst_ip":"%s","protocol":6,"src_port":%d,"dst_port":%d,"event_start":%d.5}`,
		from.Addr(), to.Addr(), from.Port(), to.Port(), time.Now().Unix())
	fmt.Fprintln(in, record)
	// The record comes out while more could come in.
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := label.Wait(); err != nil {
		t.Error(err)
	}
	type process struct {
		Name, Path, SHA256, Parent string
		PID                        int
	}
	var got struct {
		Src process `json:"src_process"`
		Dst process `json:"dst_process"`
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", os.Getppid()))
	if err == nil && got.Src.Parent != filepath.Base(parent) {
		t.Errorf("parent %q, want %s", got.Src.Parent, parent)
	}
	if got.Src.PID != os.Getpid() || got.Src.Path != exe || got.Src.Name != filepath.Base(exe) || len(got.Src.SHA256) != 64 || got.Dst != got.Src {
		t.Errorf("%s; this is process %d, %s", line, os.Getpid(), exe)
	}
}
