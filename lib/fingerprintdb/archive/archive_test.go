package archive

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// entry makes the header and the blocks of one member of a tar file
// (POSIX.1-1988, ustar).
func entry(name string, typ byte, text string) []byte {
	var h [512]byte
	copy(h[0:], name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00%011o\x00        ", len(text), 0))
	h[156] = typ
	copy(h[257:], "ustar\x0000")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return append(append(h[:], text...), make([]byte, -len(text)&511)...)
}

func tarball(entries ...[]byte) []byte {
	return append(bytes.Join(entries, nil), make([]byte, 1024)...)
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

var testKey = []byte("0123456789abcdef")

// encrypt pads and encrypts, with an initialization vector of its own.
func encrypt(b []byte) []byte {
	n := 16 - len(b)%16
	b = append(bytes.Clone(b), bytes.Repeat([]byte{byte(n)}, n)...)
	iv := []byte("fedcba9876543210")
	block, _ := aes.NewCipher(testKey)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(b, b)
	return append(iv, b...)
}

// contents reads all of an archive: names, numbered lines, and the error that
// ended it unless that was the end.
func contents(b, key []byte, limits Limits) string {
	var out strings.Builder
	a, err := NewReader(bytes.NewReader(b), key, limits)
	for err == nil {
		var name string
		if name, err = a.Next(); err != nil {
			break
		}
		fmt.Fprintf(&out, "[%s]", name)
		for {
			line, n, e := a.Line()
			if e == ErrLongLine {
				fmt.Fprintf(&out, "%d:long;", n)
				continue
			}
			if e != nil {
				if e != io.EOF {
					err = e
				}
				break
			}
			if len(line) > 40 {
				line = append(bytes.Clone(line[:10]), fmt.Sprintf("…%d", len(line))...)
			}
			fmt.Fprintf(&out, "%d:%s;", n, line)
		}
	}
	if err != io.EOF {
		fmt.Fprintf(&out, "!%v", err)
	}
	return out.String()
}

func TestContents(t *testing.T) {
	plain := tarball(
		entry("VERSION", '0', "1.0\n"),
		entry("dir/", '5', ""),
		entry("link", '2', ""),
		entry("./pyasn.db", '0', "\na\r\n\n\nb\n\r\nc"),
		entry("old", 0, "x\n"),
		entry("empty", '0', ""),
	)
	const want = "[VERSION]1:1.0;[pyasn.db]2:a;5:b;7:c;[old]1:x;[empty]"
	for name, b := range map[string][]byte{
		"plain": plain, "gzip": zip(plain),
		"without end": plain[:len(plain)-1024], "more after the end": append(bytes.Clone(plain), "more"...),
	} {
		if got := contents(b, nil, Limits{}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if got := contents(encrypt(b), testKey, Limits{}); got != want {
			t.Errorf("%s, encrypted: %s, want %s", name, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	good := tarball(entry("a", '0', "1\n2\n"), entry("b", '0', strings.Repeat("line\n", 1000)))
	badSum := bytes.Clone(good)
	badSum[150]++
	tests := []struct {
		name string
		b    []byte
		key  []byte
		want string
	}{
		{"empty", nil, nil, "neither a tar nor a gzip file"},
		{"short", []byte{0x1f}, nil, "neither a tar nor a gzip file"},
		{"text", bytes.Repeat([]byte("text"), 200), nil, "neither a tar nor a gzip file"},
		{"old tar", bytes.Replace(good, []byte("ustar"), []byte("\x00\x00\x00\x00\x00"), 1), nil, "neither a tar nor a gzip file"},
		{"bad checksum", badSum, nil, "invalid tar header"},
		{"truncated tar", good[:1200], nil, "unexpected EOF"},
		{"truncated gzip", zip(good)[:60], nil, "unexpected EOF"},
		{"damaged gzip", append(zip(good)[:20], 1, 2, 3, 4, 5, 6, 7, 8), nil, "!archive: "},
		{"not a tar", zip([]byte(strings.Repeat("x", 600))), nil, "invalid tar header"},
		{"gzip header only", []byte{0x1f, 0x8b, 8}, nil, "unexpected EOF"},
		{"encrypted, no key", encrypt(good), nil, "right key is needed"},
		{"encrypted, wrong key", encrypt(good), []byte("0123456789abcdeX"), "wrong key"},
		{"key, not encrypted", good, testKey, "wrong key"},
		{"short key", encrypt(good), testKey[:15], "16 bytes"},
		{"long key", encrypt(good), append(bytes.Clone(testKey), 0), "16 bytes"},
		{"shorter than a vector", []byte("0123"), testKey, "initialization vector"},
		{"vector only", []byte("0123456789abcdef"), testKey, "wrong key"},
		{"no whole blocks", encrypt(good)[:1000], testKey, "wrong key"},
		{"encrypted and cut", encrypt(good)[:1024], testKey, "wrong key"},
	}
	for _, tt := range tests {
		if got := contents(tt.b, tt.key, Limits{}); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q has no %q", tt.name, got, tt.want)
		}
	}
}

// The key and the texts are those of NIST SP 800-38A, F.2.2.
func TestDecryptVector(t *testing.T) {
	key, _ := hex.DecodeString("2b7e151628aed2a6abf7158809cf4f3c")
	text := "000102030405060708090a0b0c0d0e0f" + // vector
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" +
		"73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"
	b, _ := hex.DecodeString(text)
	d, err := newDecrypter(bytes.NewReader(b), key)
	if err != nil {
		t.Fatal(err)
	}
	// They have no padding, which is an error; the blocks before it aren't.
	got, err := io.ReadAll(d)
	const want = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
		"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
	if err != errPadding || !strings.HasPrefix(want, hex.EncodeToString(got)) {
		t.Errorf("%x, %v", got, err)
	}
	if _, err := newDecrypter(bytes.NewReader(b), key[:8]); err != ErrKey {
		t.Errorf("8 bytes of key: %v", err)
	}
}

func TestDecryptLengths(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 65503, 65504, 65519, 65520, 65521, 65535, 65536, 65537, 131072, 200000} {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(i * 7)
		}
		for _, r := range []io.Reader{bytes.NewReader(encrypt(text)), &slow{encrypt(text)}} {
			d, err := newDecrypter(r, testKey)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes: got %d, %v", n, len(got), err)
			}
		}
	}
}

// slow yields 1000 bytes at a time.
type slow struct{ b []byte }

func (s *slow) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1000)], s.b)
	s.b = s.b[n:]
	return n, nil
}

func TestReadFails(t *testing.T) {
	broken := errors.New("broken")
	for _, n := range []int{0, 100, 40000} {
		b := zip(tarball(entry("a", '0', strings.Repeat("0123456789\n", 100000))))
		r := io.MultiReader(bytes.NewReader(b[:min(n, len(b)-20)]), &failing{broken})
		a, err := NewReader(r, nil, Limits{})
		for err == nil {
			if _, err = a.Next(); err == nil {
				for err == nil {
					_, _, err = a.Line()
				}
			}
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	d, _ := newDecrypter(io.MultiReader(bytes.NewReader(make([]byte, 64)), &failing{broken}), testKey)
	if _, err := io.ReadAll(d); err != broken {
		t.Errorf("decrypting: %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestLines(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	text := long(255<<10) + "\n" + long(256<<10-1) + "\n" + long(256<<10) + "\n" + long(600<<10) + "\r\n" +
		long(1<<20+1) + "\nshort\n" + long(1<<20) + "\n" + long(3<<20)
	b := tarball(entry("a", '0', text), entry("b", '0', "y\n"))
	const want = "[a]1:xxxxxxxxxx…261120;2:xxxxxxxxxx…262143;3:xxxxxxxxxx…262144;4:xxxxxxxxxx…614400;" +
		"5:long;6:short;7:xxxxxxxxxx…1048576;8:long;[b]1:y;"
	if got := contents(b, nil, Limits{Line: 1<<20 + 1}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLimits(t *testing.T) {
	zeros := tarball(entry("a", '0', strings.Repeat("0", 80<<20)))
	if got := contents(zip(zeros), nil, Limits{Line: 1000}); got != "[a]!archive: "+ErrBomb.Error() {
		t.Errorf("bomb: %s", got)
	}
	small := tarball(entry("a", '0', strings.Repeat("0\n", 1<<20)))
	if got := contents(zip(small), nil, Limits{}); strings.Contains(got, "!") {
		t.Errorf("compressible: …%s", got[len(got)-100:])
	}
	for _, b := range [][]byte{small, zip(small)} {
		if got := contents(b, nil, Limits{Bytes: 1 << 20}); !strings.HasSuffix(got, "!archive: "+ErrTooLarge.Error()) {
			t.Errorf("too large: …%s", got[len(got)-100:])
		}
	}
	// Files that nobody reads count as well.
	many := tarball(entry("a", '0', strings.Repeat("0", 2<<20)), entry("b", '0', strings.Repeat("0", 2<<20)), entry("c", '0', "x"))
	a, err := NewReader(bytes.NewReader(zip(many)), nil, Limits{Bytes: 1 << 20})
	for err == nil {
		_, err = a.Next()
	}
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("unread files: %v", err)
	}
}

// A file can be larger than the archive that it is in.
func TestSparse(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("there is no tar")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "a"), 1<<40); err != nil {
		t.Fatal(err)
	}
	b, err := exec.Command("tar", "-C", dir, "--format=posix", "-Scf", "-", "a").Output()
	if err != nil {
		t.Skip("tar makes no archives of sparse files: ", err)
	}
	if got := contents(b, nil, Limits{Bytes: 1 << 20}); got != "[a]!archive: "+ErrTooLarge.Error() {
		t.Errorf("%d bytes: %s", len(b), got)
	}
}

func FuzzReader(f *testing.F) {
	b := tarball(entry("a", '0', "1\n2\n"), entry("dir/", '5', ""), entry("b", '0', "x"))
	f.Add(b, false)
	f.Add(zip(b), false)
	f.Add(encrypt(b), true)
	f.Add(encrypt(zip(b)), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, b []byte, encrypted bool) {
		var key []byte
		if encrypted {
			key = testKey
		}
		const limit = 1 << 20
		if got := contents(b, key, Limits{Bytes: limit, Line: 1000}); len(got) > 8*limit {
			t.Errorf("%d bytes out of %d", len(got), len(b))
		}
	})
}
