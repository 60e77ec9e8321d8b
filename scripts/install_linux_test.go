package scripts

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"merctools/lib/ring/testnet"
)

var commands = []string{"merc-analyze", "merc-capture", "merc-fp", "merc-select", "mercury"}

// build makes the commands.
func build(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: takes long")
	}
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+"/", "../cmd/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// files are the paths of all files and empty directories below a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		empty := false
		if d.IsDir() {
			entries, err := os.ReadDir(path)
			if err != nil {
				return err
			}
			empty = len(entries) == 0
		}
		if !d.IsDir() || empty {
			all = append(all, strings.TrimPrefix(path, dir))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInstall(t *testing.T) {
	bin := build(t)
	root := t.TempDir()
	env := []string{"DESTDIR=" + root}
	resources := filepath.Join(t.TempDir(), "r.tgz")
	if err := os.WriteFile(resources, []byte("resources"), 0o600); err != nil {
		t.Fatal(err)
	}
	install := []string{"--bin", bin, "--prefix", "/opt/m", "--user", "capturer", "--resources", resources}
	run(t, env, "./install", install...)
	var want []string
	for _, c := range commands {
		want = append(want, "/opt/m/bin/"+c)
	}
	want = append(want, "/etc/mercury/mercury.cfg", "/opt/m/share/mercury/resources.tgz", "/opt/m/var/mercury",
		"/usr/lib/systemd/system/mercury.service")
	slices.Sort(want)
	got := files(t, root)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("files %q", got)
	}
	config, unit := root+"/etc/mercury/mercury.cfg", root+"/usr/lib/systemd/system/mercury.service"
	for _, line := range []string{"user = capturer\n", "directory = /opt/m/var/mercury\n"} {
		if !strings.Contains(read(t, config), line) {
			t.Errorf("no line %q in the configuration file", line)
		}
	}
	for _, line := range []string{"User=capturer\n", "ExecStart=/opt/m/bin/mercury --config /etc/mercury/mercury.cfg\n", "ReadWritePaths=/opt/m/var/mercury\n"} {
		if !strings.Contains(read(t, unit), line) {
			t.Errorf("no line %q in the unit", line)
		}
	}
	if left := regexp.MustCompile(`@[a-z]+@`).FindString(read(t, config) + read(t, unit)); left != "" {
		t.Errorf("%s was not put in", left)
	}

	// What was changed stays, and what was captured.
	if err := os.WriteFile(config, []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := root + "/opt/m/var/mercury/metadata.json"
	if err := os.WriteFile(data, []byte("captured"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, env, "./install", install...)
	run(t, env, "./uninstall", "--prefix", "/opt/m", "--user", "capturer")
	if read(t, config) != "changed" || read(t, data) != "captured" {
		t.Error("files were changed")
	}
	run(t, env, "./uninstall", "--prefix", "/opt/m", "--user", "capturer", "--purge")
	left := slices.DeleteFunc(files(t, root), func(name string) bool {
		info, err := os.Stat(root + name)
		return err == nil && info.IsDir()
	})
	if !slices.Equal(left, []string{"/opt/m/var/mercury/metadata.json"}) {
		t.Errorf("left are %q", left)
	}
}

// Each key of the configuration file that is commented out is one, and the file
// as it is makes no warnings.
func TestConfigurationFile(t *testing.T) {
	bin := build(t)
	config := strings.NewReplacer("@user@", "root", "@data@", t.TempDir(), "@prefix@", "/usr/local", "analysis = 1", "analysis = 0").Replace(read(t, "../service/mercury.cfg"))
	keys := map[string]bool{}
	var all []string
	for line := range strings.Lines(config) {
		line = strings.TrimSpace(line)
		if commented, ok := strings.CutPrefix(line, "#"); ok && commented != "" && commented[0] != ' ' {
			line = commented
		}
		if line != "" && line[0] != '#' {
			key, _, _ := strings.Cut(line, " ")
			keys[key] = true
			all = append(all, line)
		}
	}
	if len(keys) != 27 {
		t.Errorf("%d keys: %v", len(keys), keys)
	}
	name := filepath.Join(t.TempDir(), "all.cfg")
	if err := os.WriteFile(name, []byte(strings.Join(all, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	// It ends at once: an interface and a file are both named.
	out, err := exec.Command(filepath.Join(bin, "mercury"), "--config", name).CombinedOutput()
	if err == nil || strings.Contains(string(out), "left out") || !strings.Contains(string(out), "both") {
		t.Errorf("%v: %s", err, out)
	}
}

// The unit is one that systemd takes, and locked down.
func TestUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: needs systemd-analyze")
	}
	root := t.TempDir()
	bin := t.TempDir()
	for _, c := range commands {
		if err := os.WriteFile(filepath.Join(bin, c), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, []string{"DESTDIR=" + root}, "./install", "--bin", bin)
	unit := root + "/usr/lib/systemd/system/mercury.service"
	out, err := exec.Command(analyze, "security", "--no-pager", "--offline=yes", "--threshold=25", unit).CombinedOutput()
	if strings.Contains(string(out), "unrecognized option") {
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

// session is what happens to the package, on a system that looks like this one,
// but where nothing that is written stays.
const session = `
set -e
system=$1 package=$2
mount --make-rprivate /
mount -t tmpfs none "$system"
mkdir "$system/upper" "$system/work" "$system/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$system/upper,workdir=$system/work" "$system/root"
root=$system/root
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
cp "$package" "$root/mercury.deb"
chroot "$root" dpkg -i /mercury.deb >&2
sed -i 's/^#capture = .*/capture = b/; s/^buffer = .*/buffer = 0.005/; s/^threads = .*/threads = 2/
	s/^#nonselected-udp-data/nonselected-udp-data/; s/^limit = .*/limit = 10/; s/^verbosity = 0/verbosity = 1/' "$root/etc/mercury/mercury.cfg"
chroot "$root" stat -c 'owner %U:%G %a' /usr/local/var/mercury

# As the service does it.
command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/mercury.service")
chroot "$root" setpriv --reuid=mercury --regid=mercury --clear-groups --inh-caps=-all,+net_raw \
	--bounding-set=-all,+net_raw --ambient-caps=-all,+net_raw --no-new-privs $command &
pid=$!
read -r line
kill -INT $pid
wait $pid
echo "$(cat "$root"/usr/local/var/mercury/metadata.json-* | wc -l) records"
echo "$(ls "$root/usr/local/var/mercury" | wc -l) files"
chroot "$root" stat -c 'owner of a file %U' $(cd "$root" && ls usr/local/var/mercury/metadata.json-0-* | sed s,^,/,)

chroot "$root" dpkg -r mercury >&2
test ! -e "$root/usr/local/bin/mercury"
test -e "$root/etc/mercury/mercury.cfg"
echo "$(ls "$root/usr/local/var/mercury" | wc -l) files are left"
chroot "$root" dpkg -P mercury >&2
test ! -e "$root/etc/mercury/mercury.cfg"
echo "$(ls "$root/usr/local/var/mercury" | wc -l) files are left after all"
chroot "$root" getent passwd mercury | cut -d: -f1
rm -r "$root/usr/local/var/mercury"
chroot "$root" dpkg -i /mercury.deb >&2
chroot "$root" dpkg -P mercury >&2
chroot "$root" getent passwd mercury || echo nobody
`

// A package is installed, run and removed.
func TestPackage(t *testing.T) {
	for _, tool := range []string{"dpkg-deb", "dpkg", "setpriv", "chroot", "unshare"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: needs %s", tool)
		}
	}
	if b, err := os.ReadFile("/proc/filesystems"); err != nil || !bytes.Contains(b, []byte("\toverlay\n")) {
		t.Skip("skipped: needs overlay file systems")
	}
	n := testnet.New(t)
	n.Pair("a", "b", 1500)
	out := t.TempDir()
	run(t, nil, "./package", "--out", out, "--bin", build(t), "--version", "1.2.3")
	debs, err := filepath.Glob(out + "/mercury_1.2.3_*.deb")
	if err != nil || len(debs) != 1 {
		t.Fatal(debs, err)
	}
	cmd := exec.Command("unshare", "--mount", "bash", "-c", session, "session", t.TempDir(), debs[0])
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.Start(cmd)
	said := make(chan string, 1000)
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			said <- lines.Text()
		}
	}()
	for line := range said {
		t.Log(line)
		if strings.Contains(line, "capturing from b with 2 rings") {
			break
		}
	}
	var s *testnet.Sender
	n.Do(func() { s, err = testnet.NewSender("a") })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for port := range 25 {
		if err := s.Send(testnet.UDP(1, 2, uint16(1+port), 53000, []byte("first data"))); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(200 * time.Millisecond)
	if _, err := stdin.Write([]byte("go on\n")); err != nil {
		t.Fatal(err)
	}
	var answers []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		answers = append(answers, lines.Text())
	}
	var rest []string
	for line := range said {
		rest = append(rest, line)
	}
	want := []string{
		"owner mercury:mercury 750", "25 records", "3 files", "owner of a file mercury",
		"3 files are left", "3 files are left after all", "mercury", "nobody",
	}
	if err := cmd.Wait(); err != nil || !slices.Equal(answers, want) {
		t.Errorf("%v: %s\n%s", err, strconv.Quote(strings.Join(answers, "; ")), strings.Join(rest, "\n"))
	}
}
