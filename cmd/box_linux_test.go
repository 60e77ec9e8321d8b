package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"merctools/lib/capture/ring/testnet"
)

// A box is a system that looks like this one, where what is written is gone
// with the test. In it are /box/bin, the commands, and /box/project, the project.
type box struct {
	t   *testing.T
	net *testnet.Net
	pid string // of its process number 1
}

// boxOuter makes a mount namespace, and with "systemd" a control group, which
// the box takes for the root of all of them.
const boxOuter = `
set -e
dir=$1 init=$2
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$dir"
if [ "$init" = systemd ]; then
	mkdir "$dir/groups"
	mount -t cgroup2 none "$dir/groups"
	mkdir "$dir/groups/merctools-$$"
	echo $$ >"$dir/groups/merctools-$$/cgroup.procs"
	umount "$dir/groups"
fi
shift
exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup bash -c "$BOX_INNER" box "$dir" "$@"
`

// boxInner becomes process number 1. What could reach beyond the box, it can't:
// the clock, kernel modules, and everything in /proc/sys and /sys.
const boxInner = `
set -e
dir=$1 init=$2 bin=$3 project=$4
root=$dir/root
mkdir "$dir/upper" "$dir/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 none "$root/run"
mount -t tmpfs -o mode=1777 none "$root/tmp"
mount -t tmpfs -o mode=755 none "$root/dev"
for name in null zero full random urandom tty; do
	touch "$root/dev/$name"
	mount --bind "/dev/$name" "$root/dev/$name"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"
mkdir -p "$root/dev/shm" "$root/dev/pts" "$root/dev/mqueue" "$root/box/bin" "$root/box/project"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
mount --bind "$bin" "$root/box/bin"
mount --bind "$project" "$root/box/project"
if [ "$init" = systemd ]; then
	mount -t cgroup2 none "$root/sys/fs/cgroup"
fi
mkdir -p "$root/box/outside"
cd "$root"
pivot_root . box/outside
umount --lazy /box/outside
# Packages are few here, so that dpkg is fast.
if [ -e /var/lib/dpkg/status ]; then
	passwd=$(dpkg-query --status passwd)
	rm -rf /var/lib/dpkg
	mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers
	echo "$passwd" >/var/lib/dpkg/status
	: >/var/lib/dpkg/info/passwd.list
fi
: >/run/boxed
case $init in
sleep)
	exec sleep infinity
	;;
systemd)
	# They take most of the time, and this is a system with one service.
	rm -rf /usr/lib/systemd/system-generators /usr/lib/systemd/system-environment-generators
	: >/etc/machine-id
	cat >/etc/systemd/system/box.target <<UNIT
[Unit]
DefaultDependencies=no
Wants=systemd-journald.service systemd-journald.socket
After=systemd-journald.service
UNIT
	exec setpriv --bounding-set=-sys_time,-sys_module,-sys_boot \
		env -i container=box PATH="$PATH" /lib/systemd/systemd --unit=box.target --show-status=no --log-target=journal
	;;
esac
`

// newBox starts a box with a process number 1, "sleep" or "systemd", that is
// in a network.
func newBox(t *testing.T, n *testnet.Net, init string) *box {
	t.Helper()
	tools := []string{"unshare", "nsenter", "setpriv", "pivot_root", "mount"}
	if init == "systemd" {
		tools = append(tools, "/lib/systemd/systemd", "systemctl", "journalctl")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: needs %s", tool)
		}
	}
	for _, fs := range []string{"overlay", "cgroup2"} {
		b, err := os.ReadFile("/proc/filesystems")
		if err != nil || !strings.Contains(string(b), "\t"+fs+"\n") {
			t.Skipf("skipped: needs file systems of type %s", fs)
		}
	}
	project, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--mount", "bash", "-c", boxOuter, "box", t.TempDir(), init, bin, project)
	cmd.Env = append(os.Environ(), "BOX_INNER="+boxInner)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	n.Start(cmd)
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed, in the end
		close(ended)
	}()
	b := &box{t: t, net: n}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // its children end with it
		<-ended
		b.until("end of the box", func() bool { return removeGroup(cmd.Process.Pid) })
	})

	b.until("box", func() bool {
		select {
		case <-ended:
			t.Fatalf("the box has ended: %s", said.String())
		default:
		}
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid))
		if err != nil {
			return false
		}
		b.pid = strings.TrimSpace(string(children))
		if b.pid == "" {
			return false
		}
		if init == "systemd" {
			return b.command("systemctl", "is-active", "--quiet", "box.target").Run() == nil
		}
		return b.command("test", "-e", "/run/boxed").Run() == nil
	})
	return b
}

// removeGroup removes the control group of a box, and reports whether it is
// gone.
func removeGroup(pid int) bool {
	gone := true
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var groups []string
		_ = filepath.WalkDir(fmt.Sprintf("%s/merctools-%d", root, pid), func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				groups = append(groups, path)
			}
			return nil // it may not be there
		})
		for _, path := range slices.Backward(groups) { // those below come after it
			gone = os.Remove(path) == nil && gone
		}
	}
	return gone
}

// command is one to be run in the box, as root.
func (b *box) command(args ...string) *exec.Cmd {
	enter := []string{"-t", b.pid, "-m", "-n", "-u", "-i", "-p", "-r", "-w"}
	cmd := exec.Command("nsenter", append(enter, args...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER="}
	return cmd
}

// run runs a command, which must succeed, and returns what it wrote.
func (b *box) run(args ...string) string {
	b.t.Helper()
	out, err := b.command(args...).CombinedOutput()
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// shell runs a line of shell.
func (b *box) shell(line string) string {
	b.t.Helper()
	return b.run("sh", "-ec", line)
}

// fails runs a line of shell that must not succeed.
func (b *box) fails(line string) string {
	b.t.Helper()
	out, err := b.command("sh", "-ec", line).CombinedOutput()
	if err == nil {
		b.t.Errorf("%s: succeeds\n%s", line, out)
	}
	return string(out)
}

// expect compares the output of a line of shell.
func (b *box) expect(line, want string) {
	b.t.Helper()
	if got := b.shell(line); got != want {
		b.t.Errorf("%s: %q, want %q", line, got, want)
	}
}

// until waits until ok returns true, for a time that is long also for a host
// that has much to do.
func (b *box) until(what string, ok func() bool) {
	b.t.Helper()
	for begin := time.Now(); time.Since(begin) < time.Minute; {
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("no %s", what)
}

// untilIs waits until a line of shell writes something.
func (b *box) untilIs(line, want string) {
	b.t.Helper()
	got := ""
	defer func() {
		if b.t.Failed() {
			b.t.Logf("%s: %s", line, got)
		}
	}()
	b.until(fmt.Sprintf("%q from %s", want, line), func() bool {
		out, err := b.command("sh", "-ec", line).CombinedOutput()
		got = strings.TrimSpace(string(out))
		return err == nil && got == want
	})
}
