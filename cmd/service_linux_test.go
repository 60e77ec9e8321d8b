package cmd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"merctools/lib/capture/ring/testnet"
)

const (
	installedConfig = "/etc/mercury/mercury.cfg"
	// configure makes the configuration file one for the interface b, of
	// which each UDP flow gives a record.
	configure = `sed -i 's/^#capture = .*/capture = b/; s/^#buffer = .*/buffer = 0.005/; s/^threads = .*/threads = 2/
		s/^#select = .*/select = none/; s/^#nonselected-udp-data/nonselected-udp-data/
		s/^limit = .*/limit = 10/; s/^verbosity = .*/verbosity = 1/' ` + installedConfig
)

// script runs one of the scripts, which must succeed.
func script(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command("../scripts/"+name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// packages are two versions of the package, in a directory below that of the
// commands.
var packages = sync.OnceValue(func() error {
	for _, version := range []string{"1.0.0", "1.0.1"} {
		cmd := exec.Command("../scripts/package", "--out", filepath.Join(bin, "packages"), "--bin", bin, "--version", version)
		cmd.Env = append(os.Environ(), "DPKG_DEB_COMPRESSOR_TYPE=none")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("package: %w\n%s", err, out)
		}
	}
	return nil
})

// The packages in a box.
const (
	firstPackage  = "dpkg --install /box/bin/packages/mercury_1.0.0_*.deb"
	secondPackage = "dpkg --install /box/bin/packages/mercury_1.0.1_*.deb"
)

// newBoxWithPackages starts a box that has packages.
func newBoxWithPackages(t *testing.T, n *testnet.Net, init string) *box {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("skipped: needs dpkg-deb")
	}
	if err := packages(); err != nil {
		t.Fatal(err)
	}
	return newBox(t, n, init)
}

// sender sends datagrams of a flow each into the interface a.
type sender struct {
	*testnet.Sender
	t     *testing.T
	flows uint16
}

// newPair makes a network with interfaces a and b, and a sender.
func newPair(t *testing.T) (*testnet.Net, *sender) {
	t.Helper()
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	s := &sender{t: t}
	var err error
	n.Do(func() { s.Sender, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return n, s
}

func (s *sender) send(count int) {
	s.t.Helper()
	var frames [][]byte
	for range count {
		s.flows++
		frames = append(frames, testnet.UDP(1, 2, s.flows, 53000, []byte("first data")))
	}
	if err := s.Send(frames...); err != nil {
		s.t.Fatal(err)
	}
}

// below are the paths of all files below a directory, and of directories that
// are empty.
func below(t *testing.T, dir string) []string {
	t.Helper()
	out, err := exec.Command("find", dir, "(", "-type", "f", "-o", "-type", "d", "-empty", ")", "-printf", "/%P\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(out))
	slices.Sort(names)
	return names
}

// Files go where they are told to, and what was changed or captured stays.
func TestInstallFiles(t *testing.T) {
	root := t.TempDir()
	env := []string{"DESTDIR=" + root}
	resources := filepath.Join(t.TempDir(), "r.tgz")
	if err := os.WriteFile(resources, []byte("resources"), 0o600); err != nil {
		t.Fatal(err)
	}
	where := []string{"--prefix", "/opt/m", "--user", "capturer"}
	install := append([]string{"--bin", bin, "--resources", resources}, where...)
	script(t, env, "install", append(install, "--no-service")...)
	want := []string{
		"/opt/m/bin/merc-analyze", "/opt/m/bin/merc-bus", "/opt/m/bin/merc-capture", "/opt/m/bin/merc-fp", "/opt/m/bin/merc-select",
		"/opt/m/bin/mercury",
	}
	for _, c := range want[:6] {
		c = filepath.Base(c)
		want = append(want, "/opt/m/share/man/man1/"+c+".1", "/opt/m/share/bash-completion/completions/"+c,
			"/opt/m/share/zsh/site-functions/_"+c, "/opt/m/share/fish/vendor_completions.d/"+c+".fish")
	}
	want = append(want, "/opt/m/share/man/man1/merc-analyze-build.1", "/opt/m/share/man/man1/merc-analyze-cert.1", "/opt/m/share/man/man1/merc-analyze-label.1",
		"/opt/m/share/man/man1/merc-analyze-lookup.1", "/opt/m/share/man/man1/merc-bus-get.1", "/opt/m/share/man/man1/merc-bus-put.1",
		"/opt/m/share/man/man1/merc-bus-sink.1", "/opt/m/share/man/man1/merc-bus-work.1", "/opt/m/share/man/man5/mercury.cfg.5", "/opt/m/share/mercury/resources.tgz")
	slices.Sort(want)
	if got := below(t, root); !slices.Equal(got, want) {
		t.Errorf("without the service, files %q", got)
	}
	script(t, env, "install", install...)
	want = append([]string{"/etc/mercury/mercury.cfg", "/etc/systemd/system/mercury.service"}, append(want, "/opt/m/var/mercury")...)
	if got := below(t, root); !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
	config, unit := root+installedConfig, root+"/etc/systemd/system/mercury.service"
	text := readText(t, config) + readText(t, unit)
	for _, line := range []string{
		"user = capturer", "directory = /opt/m/var/mercury", "#resources = /opt/m/share/mercury/resources.tgz",
		"User=capturer", "ExecStart=/opt/m/bin/mercury --config /etc/mercury/mercury.cfg $MERCURY_FLAGS", "ReadWritePaths=/opt/m/var/mercury",
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if left := regexp.MustCompile(`@[a-z]+@`).FindString(text); left != "" {
		t.Errorf("%s was not put in", left)
	}

	data := root + "/opt/m/var/mercury/metadata.json"
	for name, text := range map[string]string{config: "changed", data: "captured"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script(t, env, "install", install...)
	script(t, env, "uninstall", where...)
	if got := below(t, root+"/opt"); !slices.Equal(got, []string{"/m/bin", "/m/share/man", "/m/var/mercury/metadata.json"}) {
		t.Errorf("left are %q", got)
	}
	if readText(t, config) != "changed" || readText(t, data) != "captured" {
		t.Error("files were changed")
	}
	script(t, env, "uninstall", append(where, "--purge")...)
	if _, err := os.Stat(root + "/etc/mercury"); !os.IsNotExist(err) {
		t.Errorf("the configuration is left: %v", err)
	}
	if readText(t, data) != "captured" {
		t.Error("captured data was changed")
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What makes no sense changes nothing.
func TestInstallRefuses(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"--nonsense", "usage: install"},
		{"--prefix", "usage: install"},
		{"--prefix relative", "not an absolute path"},
		{"--data /a|b", "only letters"},
		{"--config /a&b", "only letters"},
		{"--data /home/me/data", "no access"},
		{"--prefix /tmp", "no access"},
		{"--user root", "not to run as root"},
		{"--user A;B", "not the name of a user"},
	} {
		root := t.TempDir()
		cmd := exec.Command("../scripts/install", append([]string{"--bin", bin}, strings.Fields(test.args)...)...)
		cmd.Env = append(os.Environ(), "DESTDIR="+root)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: %v: %s", test.args, err, out)
		}
		if got := below(t, root); !slices.Equal(got, []string{"/"}) {
			t.Errorf("%s: files %q", test.args, got)
		}
	}
}

// The unit is one that systemd takes, and locked down: its exposure is 1.3, of
// 10, and it may not become more than 2.5.
func TestUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: needs systemd-analyze")
	}
	root := t.TempDir()
	script(t, []string{"DESTDIR=" + root}, "install", "--bin", bin)
	unit := root + "/etc/systemd/system/mercury.service"
	out, err := exec.Command(analyze, "security", "--no-pager", "--offline=yes", "--threshold=25", unit).CombinedOutput()
	if bytes.Contains(out, []byte("unrecognized option")) {
		t.Skip("skipped: systemd-analyze is too old")
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	// Only what is not installed here may be missing.
	out, _ = exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "mercury.service") && !strings.Contains(line, "is not executable") {
			t.Error(line)
		}
	}
}

// Lintian has nothing to say against the package but what it states itself, with
// reasons. For the sake of time, scripts stand for the commands: it looks at each
// byte of those. What it finds in them is that they are static, which is stated.
func TestLintian(t *testing.T) {
	t.Parallel()
	need(t, "lintian")
	need(t, "dpkg-deb")
	dir := t.TempDir()
	for _, call := range calls(t) {
		text := fmt.Sprintf("#!/bin/sh\nexec %s \"$@\"\n", filepath.Join(bin, call[0]))
		if err := os.WriteFile(filepath.Join(dir, call[0]), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script(t, nil, "package", "--out", dir, "--bin", dir, "--version", "1.0.0")
	packages, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(packages) != 1 {
		t.Fatal(packages, err)
	}
	out, err := exec.Command("lintian", "--allow-root", "--fail-on", "error,warning", packages[0]).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// A package is installed, run as its service would, upgraded, removed and
// purged, where no service manager runs.
func TestPackage(t *testing.T) {
	t.Parallel()
	n, sender := newPair(t)
	b := newBoxWithPackages(t, n, "sleep")
	b.shell(firstPackage)
	b.expect("dpkg --verify mercury", "")
	b.expect("stat -c '%U:%G %a' /var/lib/mercury", "mercury:mercury 750")
	b.expect("(mercury --version; merc-fp --version) | sed 's/,.*//'", "mercury 1.0.0\nmerc-fp 1.0.0")
	if config := b.fails("mercury --config " + installedConfig); !strings.Contains(config, "names an interface") {
		t.Errorf("without an interface: %s", config)
	}

	b.shell(configure)
	capture := b.command("sh", "-ec", `command=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/mercury.service)
		eval "exec setpriv --reuid=mercury --regid=mercury --init-groups --no-new-privs \
			--inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw $command 2>/run/capture.log"`)
	if err := capture.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := b.command("cat", "/run/capture.log").CombinedOutput()
			t.Logf("the capture: %s", out)
		}
	})
	b.untilIs("grep -c 'capturing from b with 2 rings' /run/capture.log", "1")
	sender.send(25)
	b.untilIs("cd /var/lib/mercury; cat .[!.]* * | wc -l", "25")
	b.expect("grep ^CapEff: /proc/$(pidof mercury)/status | cut -f2", "0000000000000000")
	b.shell("kill $(pidof mercury)")
	if err := capture.Wait(); err != nil {
		t.Errorf("%v: %s", err, b.shell("cat /run/capture.log"))
	}
	const data = "cd /var/lib/mercury; ls | wc -l; cat * | wc -l; stat -c %U * | sort -u"
	b.expect(data, "3\n25\nmercury")

	config := b.shell("cat " + installedConfig)
	b.shell(secondPackage)
	b.expect("dpkg-query -W mercury", "mercury\t1.0.1")
	b.expect("cat "+installedConfig, config)
	b.expect("mercury --version | sed 's/,.*//'", "mercury 1.0.0") // of the commands
	b.expect(data, "3\n25\nmercury")

	b.run("dpkg", "--remove", "mercury")
	b.expect("cat "+installedConfig, config)
	b.expect(data, "3\n25\nmercury")
	b.fails("command -v mercury merc-fp")
	b.run("dpkg", "--purge", "mercury")
	b.fails("test -e /etc/mercury")
	b.expect(data, "3\n25\nmercury")

	// Without data, nothing is left.
	b.shell(secondPackage)
	b.shell("rm /var/lib/mercury/*")
	b.run("dpkg", "--purge", "mercury")
	b.fails("getent passwd mercury")
	b.expect("find /etc /usr/bin /usr/lib/systemd/system /usr/share /usr/share/doc /var/lib /var/lib/dpkg/info -maxdepth 1 -name '*merc*' -newer /run/boxed", "")
}

// get fetches a page over a connection that is made by the calling goroutine,
// and so in its network.
func get(address, path string) (string, error) {
	conn, err := net.DialTimeout("tcp", address, 30*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", path); err != nil {
		return "", err
	}
	b, err := io.ReadAll(conn)
	return string(b), err
}

// The service is installed, started, told things, broken, reinstalled and
// removed, by systemd itself.
func TestService(t *testing.T) {
	t.Parallel()
	n, sender := newPair(t)
	b := newBoxWithPackages(t, n, "systemd")
	const (
		install = "/box/project/scripts/install --bin /box/bin"
		lines   = "cd /usr/local/var/mercury; cat .[!.]* * 2>/dev/null | wc -l"
		state   = "systemctl show --value -p ActiveState mercury"
		log     = "journalctl --unit mercury --output cat"
	)
	pid := func() string { return b.shell("systemctl show --value -p MainPID mercury") }
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := b.command("journalctl", "--unit", "mercury", "--lines", "80").CombinedOutput()
			t.Logf("the journal: %s", out)
		}
	})
	// restarted waits for another process than the one before.
	restarted := func(before string) {
		t.Helper()
		b.until("restart", func() bool {
			out, err := b.command("systemctl", "show", "--value", "-p", "ActiveState", "-p", "MainPID", "mercury").Output()
			fields := strings.Fields(string(out)) // in any order
			return err == nil && slices.Contains(fields, "active") && !slices.Contains(fields, before) && !slices.Contains(fields, "0")
		})
	}

	if out := b.shell(install); !strings.Contains(out, "systemctl enable --now mercury.service") {
		t.Errorf("no hint: %s", out)
	}
	b.expect(state, "inactive")
	b.expect("stat -c '%U:%G %a' /usr/local/var/mercury", "mercury:mercury 750")

	// Without an interface it can't start, and says so. It is tried again, and
	// when there is one it starts.
	dropIn := func(lines string) {
		t.Helper()
		b.shell("mkdir -p /run/systemd/system/mercury.service.d")
		b.shell("printf '[Service]\n" + lines + "' >/run/systemd/system/mercury.service.d/test.conf; systemctl daemon-reload")
	}
	dropIn(`RestartSec=500ms\n`) // not 2 s
	b.fails("systemctl enable --now mercury")
	b.untilIs(log+" | grep -om1 'neither the configuration file nor the command line names an interface'",
		"neither the configuration file nor the command line names an interface")
	b.shell(configure)
	b.untilIs(state, "active")
	// It is ready before it is confined.
	b.untilIs("grep ^CapPrm: /proc/"+pid()+"/status | cut -f2", "0000000000000000")
	status := b.shell("cat /proc/" + pid() + "/status")
	for _, want := range []string{
		"CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapBnd:\t0000000000002000",
		"NoNewPrivs:\t1", "Seccomp:\t2", "Uid:\t" + strings.Join(slices.Repeat([]string{b.shell("id -u mercury")}, 4), "\t"),
	} {
		if !strings.Contains(status, want+"\n") {
			t.Errorf("the service has not %q in %s", want, status)
		}
	}
	if out, err := n.Run("ip", "-d", "link", "show", "b"); err != nil || !bytes.Contains(out, []byte("promiscuity 2")) {
		t.Errorf("two rings are not in promiscuous mode: %v\n%s", err, out)
	}
	sender.send(25)
	b.untilIs(lines, "25")

	// Reloading finishes the file that is being written.
	b.expect("cat /usr/local/var/mercury/metadata.json-* | wc -l", "20")
	b.shell("systemctl reload mercury")
	b.untilIs("cat /usr/local/var/mercury/metadata.json-* | wc -l", "25")
	b.untilIs(state, "active")

	// It is started again after a crash, and when it is installed again.
	before := pid()
	b.shell("kill -KILL " + before)
	restarted(before)
	before = pid()
	if out := b.shell(install); !strings.Contains(out, "stays as it is") || strings.Contains(out, "enable --now") {
		t.Errorf("installed again: %s", out)
	}
	restarted(before)
	sender.send(5)
	b.untilIs(lines, "30")

	// Metrics are served with the lines that the unit names.
	dropIn(`Environment=MERCURY_FLAGS=--metrics=9090\nRestrictAddressFamilies=AF_INET AF_INET6\nIPAddressAllow=localhost\n`)
	b.shell("systemctl restart mercury")
	sender.send(5)
	b.untilIs(lines, "35")
	scraped := ""
	entered := make(chan error)
	go func() {
		err := n.Enter()
		if err == nil {
			scraped, err = get("127.0.0.1:9090", "/metrics")
		}
		entered <- err
	}()
	if err := <-entered; err != nil || !strings.Contains(scraped, "\nmercury_output_written_total 5\n") {
		t.Errorf("metrics: %v\n%s", err, scraped)
	}

	// Stopping finishes files, and the journal has what was counted.
	b.shell("systemctl stop mercury")
	b.expect("cat /usr/local/var/mercury/metadata.json-* | wc -l", "35")
	b.untilIs(log+" | grep -c '^5 records written'", "2")
	b.untilIs(log+" | grep -c 'capturing from b with 2 rings'", "4")

	b.shell("/box/project/scripts/uninstall")
	b.expect("systemctl show --value -p LoadState mercury", "not-found")
	b.expect("find /etc/systemd -name mercury.service; ls /usr/local/bin | grep merc || true", "")
	b.expect(lines+"; stat -c %U .", "35\nmercury")
	b.shell("/box/project/scripts/uninstall --purge")
	b.expect(lines+"; stat -c %U . * | sort -u", "35\nroot")
	b.fails("getent passwd mercury || ls /etc/mercury")

	// The package does the same things where systemd runs.
	b.shell(firstPackage)
	b.shell(configure)
	b.shell("systemctl enable --now mercury")
	before = pid()
	b.shell(secondPackage)
	restarted(before)
	sender.send(5)
	b.untilIs("cd /var/lib/mercury; cat .[!.]* | wc -l", "5")

	// Who is silent is killed, and started again.
	dropIn(`RestartSec=500ms\nWatchdogSec=3\n`)
	b.shell("systemctl restart mercury")
	before = pid()
	b.shell("kill -STOP " + before)
	restarted(before)
	b.untilIs(log+" | grep -om1 'Watchdog timeout'", "Watchdog timeout")

	b.run("dpkg", "--remove", "mercury")
	b.expect("find /etc/systemd /usr/lib/systemd -name mercury.service", "")
	b.untilIs(state, "inactive")
	b.expect("cat /var/lib/mercury/metadata.json-* | wc -l", "5")
	b.run("dpkg", "--purge", "mercury")
	b.expect("cat /var/lib/mercury/metadata.json-* | wc -l", "5")
}
