package bustest

import (
	"bufio"
	_ "embed"
	"os"
	"os/exec"
	"strings"
	"testing"
)

//go:embed clickhouse.js
var clickHouseServer string

// HasNodeModule reports whether node has a module. Where MERC_NODE_MODULES is
// set, node must have it: there, nothing may be skipped for want of it.
func HasNodeModule(t testing.TB, name string) bool {
	t.Helper()
	out, err := exec.Command("node", "-e", "require(process.argv[1])", name).CombinedOutput()
	if err != nil && os.Getenv("MERC_NODE_MODULES") != "" {
		t.Fatalf("node has no module %s, although MERC_NODE_MODULES is set: %v\n%s", name, err, out)
	}
	return err == nil
}

// NeedClickHouse skips a test where there is no ClickHouse for node.
func NeedClickHouse(t testing.TB) {
	t.Helper()
	if !HasNodeModule(t, "chdb") {
		t.Skip("no ClickHouse: npm install chdb, and set NODE_PATH to its node_modules")
	}
}

// ClickHouse starts a ClickHouse with an HTTP interface and returns its address.
func ClickHouse(t testing.TB) string {
	t.Helper()
	NeedClickHouse(t)
	cmd := exec.Command("node", "-e", clickHouseServer, t.TempDir())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("no ClickHouse: %v", err)
	}
	return strings.TrimSpace(line)
}
