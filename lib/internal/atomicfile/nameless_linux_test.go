package atomicfile

import (
	"fmt"
	"io"
	"os"
	"testing"
)

// A pipe that a shell has opened is known by its descriptor only.
func TestNameless(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, dir := range []string{"/dev/fd", "/proc/self/fd"} {
		name := fmt.Sprintf("%s/%d", dir, w.Fd())
		if err := CheckInPlace(name); err != nil {
			t.Error(err)
		}
		f, err := OpenInPlace(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, dir); err != nil {
			t.Error(err)
		}
		f.Close()
		got := make([]byte, len(dir))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != dir {
			t.Errorf("%q, %v", got, err)
		}
	}
	name := fmt.Sprintf("/dev/fd/%d", w.Fd())
	w.Close()
	if f, err := OpenInPlace(name); err == nil {
		f.Close()
		t.Errorf("%s is closed, and is opened", name)
	}
}
