package cmd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// authority writes the certificate of an authority of its own, and returns what a
// server proves with that it is localhost.
func authority(t *testing.T, name string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	// As others do that are careful: the new file takes the place of the old one.
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(name+".new", text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// A queue with TLS, on a port, that trusts nobody but has what was stored before.
func startQueue(t *testing.T, dir string, port int, config *tls.Config) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, TLSConfig: config, TLSTimeout: 60})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	return s
}

// TestBusInSandbox has records go from a directory through a queue to files, with
// TLS and by name, while the queue is restarted with a certificate of another
// authority: what is confined connects again, and reads the new authority.
func TestBusInSandbox(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(dir, "ca.pem")
	queue := startQueue(t, filepath.Join(dir, "queue"), -1, authority(t, ca))
	port := queue.Addr().(*net.TCPAddr).Port
	spool, done, store := filepath.Join(dir, "spool"), filepath.Join(dir, "done"), filepath.Join(dir, "store")
	for _, name := range []string{spool, done} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	url := fmt.Sprintf("nats://localhost:%d/records?tls=true&ca=%s", port, ca)
	ctx, stop := context.WithCancel(t.Context())
	var log lockedBuffer
	var commands []*exec.Cmd
	for _, args := range [][]string{
		{"put", "-v", "--wait", "--spool=" + spool, "--done=" + done, "--settle=10ms", url},
		{"sink", "-v", "--wait", "--every=100ms", url, "file://" + store + "?fields=src_port"},
	} {
		c := exec.CommandContext(ctx, command("merc-bus"), args...)
		c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
		c.Stderr = &log
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, c)
	}
	const record = `{"src_ip":"192.0.2.1","src_port":1,"event_start":1700000000.5}` + "\n"
	files := 0
	send := func() {
		t.Helper()
		files++
		name := fmt.Sprintf("records-%d", files)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat(record, 10)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(spool, name)); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
			moved, _ := filepath.Glob(done + "/records-*")
			stored, _ := filepath.Glob(store + "/date=*/hour=*/*.parquet")
			if len(moved) == files && len(stored) >= files {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%d files moved and %d stored, of %d:\n%s", len(moved), len(stored), files, log.String())
			}
		}
	}
	send()
	queue.Shutdown()
	queue.WaitForShutdown()
	queue = startQueue(t, filepath.Join(dir, "queue"), port, authority(t, ca))
	send()
	stop()
	for _, c := range commands {
		if err := c.Wait(); c.ProcessState.ExitCode() != 0 {
			t.Errorf("%v: %v", c.Args[1], err)
		}
	}
	queue.Shutdown()
	queue.WaitForShutdown()
	if n := strings.Count(log.String(), "sandbox: user "); n != 2 || strings.Contains(log.String(), "not permitted") || strings.Contains(log.String(), "permission denied") {
		t.Errorf("%s", log.String())
	}
}
