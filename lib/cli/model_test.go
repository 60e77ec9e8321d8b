package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const digits, key = "30313233343536373839616263646566", "0123456789abcdef"
	for _, tt := range []struct {
		name, archive, file, variable string
		want, err                     string
	}{
		{"none", "r.tgz", "", "", "", ""},
		{"bytes", "r.tgz", key, "", key, ""},
		{"digits", "r.tgz", digits, "", key, ""},
		{"a line", "r.tgz.enc", strings.ToUpper(digits) + "\r\n", "", key, ""},
		{"variable", "r.tgz.enc", "", digits, key, ""},
		{"file first", "r.tgz.enc", key, "x", key, ""},
		{"variable for another archive", "r.tgz", "", digits, "", ""},
		{"bad variable for another archive", "", "", "x", "", ""},
		{"no key", "r.tgz.enc", "", "", "", "r.tgz.enc: the archive is encrypted: give its key"},
		{"bad variable", "r.tgz.enc", "", digits[1:], "", "MERCTOOLS_RESOURCES_KEY: not 32 hexadecimal digits"},
		{"short file", "r.tgz", key[1:], "", "", "neither 16 bytes nor 32 hexadecimal digits"},
		{"long file", "r.tgz", strings.Repeat("0", 1000), "", "", "neither 16 bytes nor 32 hexadecimal digits"},
		{"no digits", "r.tgz", strings.Repeat("x", 32), "", "", "neither 16 bytes nor 32 hexadecimal digits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := ArchiveFlags{Resources: tt.archive}
			if tt.file != "" {
				f.ResourcesKey = file("key", tt.file)
			}
			t.Setenv(keyVariable, tt.variable)
			if tt.variable == "" {
				os.Unsetenv(keyVariable)
			}
			got, err := f.key()
			if string(got) != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	if _, err := (&ArchiveFlags{ResourcesKey: filepath.Join(dir, "none")}).key(); err == nil {
		t.Error("a key from a file that does not exist")
	}
}
