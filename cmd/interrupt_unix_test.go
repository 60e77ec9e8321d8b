//go:build unix

package cmd

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A signal goes to all commands of a pipe: what comes before one of them gives
// its last output then, and it must not be lost.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile(filepath.Join(captures, "dhcp.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	packets := packetRecords(capture)
	statistics := filepath.Join(t.TempDir(), "stats")
	records, err := exec.Command(command("merc-fp"), filepath.Join(captures, "dhcp.pcap")).Output()
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(records, '\n') + 1
	cert := certificateLine(t)
	for _, test := range []struct {
		args       []string
		begin, end []byte
		records    int
	}{
		{[]string{"merc-fp"}, bytes.Join(packets[:2], nil), bytes.Join(packets[2:], nil), bytes.Count(records, []byte("\n"))},
		{[]string{"mercury"}, bytes.Join(packets[:2], nil), bytes.Join(packets[2:], nil), bytes.Count(records, []byte("\n"))},
		{[]string{"merc-select", "dhcp"}, records[:first], records[first:], bytes.Count(records, []byte("\n"))},
		{[]string{"merc-analyze", "--stats=" + statistics}, records[:first], records[first:], bytes.Count(records, []byte("\n"))},
		{[]string{"merc-analyze", "cert"}, bytes.Repeat(cert, 2), bytes.Repeat(cert, 3), 5},
	} {
		for _, ends := range []bool{true, false} {
			cmd := exec.Command(command(test.args[0]), test.args[1:]...)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := in.Write(test.begin); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(out)
			line, err := r.ReadBytes('\n')
			if err != nil {
				t.Errorf("%s: before the signal: %v", test.args, err)
			}
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if ends {
				if _, err := in.Write(test.end); err != nil {
					t.Errorf("%s: after the signal: %v", test.args, err)
				}
				in.Close()
			}
			begin := time.Now()
			rest, err := io.ReadAll(r)
			if err != nil {
				t.Error(err)
			}
			err = cmd.Wait()
			in.Close()
			lines := bytes.Count(line, []byte("\n")) + bytes.Count(rest, []byte("\n"))
			var exit *exec.ExitError
			switch {
			case ends && (err != nil || lines != test.records):
				t.Errorf("%s: %v, %d records instead of %d", test.args, err, lines, test.records)
			case !ends && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT || lines != 1):
				t.Errorf("%s: %v, %d records, after %v", test.args, err, lines, time.Since(begin))
			}
		}
	}
	if names, err := filepath.Glob(statistics + "*.gz"); err != nil || len(names) != 1 {
		t.Errorf("statistics: %q, %v", names, err)
	}
}

// certificateLine is a certificate as a line of base64. What is written of it takes
// 2 to 4 kB, so that of two of them one whole line is written early.
func certificateLine(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := x509.Certificate{SerialNumber: big.NewInt(1)}
	for i := range 70 {
		c.DNSNames = append(c.DNSNames, fmt.Sprintf("host%02d.example.com", i))
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(base64.StdEncoding.EncodeToString(der) + "\n")
}

// What reads a file ends soon, with whole records, and dies of the signal.
func TestInterruptedFile(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(command("mercury"), "-r", filepath.Join(captures, "dns.pcap"), "-p", "100000000")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if _, err := r.ReadBytes('\n'); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.HasSuffix(rest, []byte("}\n")) {
		t.Errorf("%v, the output ends with %q", err, rest[max(0, len(rest)-20):])
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("%v", err)
	}
}

// A signal that was ignored from the start remains so, as for a command that
// nohup(1) or a shell runs in the background.
func TestInterruptIgnored(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", `trap "" INT; exec "$0" dns`, command("merc-select"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const line = "{\"dns\":{}}\n"
	r := bufio.NewReader(out)
	for range 2 { // it reads on
		if _, err := io.WriteString(in, line); err != nil {
			t.Fatal(err)
		}
		if got, err := r.ReadString('\n'); got != line {
			t.Fatalf("%q, %v", got, err)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
