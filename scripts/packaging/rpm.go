package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// What follows runs on the host that the package is installed on. The service is
// not started when it is new, for want of an interface to capture from.
const (
	postInstall = `getent passwd mercury >/dev/null ||
	useradd --system --user-group --no-create-home --home-dir /var/lib/mercury --shell /sbin/nologin mercury
install -d -m 750 -o mercury -g mercury /var/lib/mercury
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart mercury.service || :
fi
`
	preRemove = `if [ "$1" = 0 ] && [ -d /run/systemd/system ]; then
	systemctl disable --now mercury.service || :
fi
`
)

// rpm makes the RPM, of the files that scripts/install installs.
func (r *release) rpm(arch, bin string) error {
	root := filepath.Join(r.work, "rpm-"+arch)
	err := r.command([]string{"DESTDIR=" + root}, "scripts/install", "--bin", bin, "--host-bin", r.host,
		"--prefix", "/usr", "--data", "/var/lib/mercury", "--units", "/usr/lib/systemd/system")
	if err != nil {
		return err
	}
	var contents files.Contents
	err = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		c := &files.Content{Source: name, Destination: "/" + rel, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: info.Mode().Perm(), MTime: r.when}}
		if c.Destination == "/etc/mercury/mercury.cfg" {
			c.Type = files.TypeConfigNoReplace
		}
		contents = append(contents, c)
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range []string{"LICENSE", "THIRD_PARTY_LICENSES"} {
		contents = append(contents, &files.Content{
			Source: filepath.Join(r.root, name), Destination: "/usr/share/licenses/mercury/" + name,
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: 0o644, MTime: r.when},
		})
	}
	scripts := map[string]string{}
	for name, text := range map[string]string{"post": postInstall, "pre": preRemove} {
		scripts[name] = filepath.Join(r.work, name)
		if err := os.WriteFile(scripts[name], []byte(text), 0o644); err != nil {
			return err
		}
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "mercury", Arch: arch, Platform: "linux", Version: r.version, Release: "1", MTime: r.when,
		Maintainer: "mercury maintainers <maintainers@mercury.invalid>", License: "see /usr/share/licenses/mercury",
		Description: "packet metadata capture and analysis",
		Overridables: nfpm.Overridables{
			Contents: contents,
			Depends:  []string{"shadow-utils"},
			RPM:      nfpm.RPM{Compression: "zstd", BuildHost: "localhost"}, // not the name of the one that this is built on
			Scripts:  nfpm.Scripts{PostInstall: scripts["post"], PreRemove: scripts["pre"]},
		},
	})
	if err := nfpm.PrepareForPackager(info, "rpm"); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(r.dir, rpm.DefaultRPM.ConventionalFileName(info)))
	if err != nil {
		return err
	}
	return errors.Join(rpm.DefaultRPM.Package(info, f), f.Close())
}
