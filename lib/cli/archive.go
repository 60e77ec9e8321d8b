package cli

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"merctools/lib/fingerprintdb/builtin"
)

// ArchiveFlags say which resource archive to use.
type ArchiveFlags struct {
	Resources    string `wants:"analysis" group:"Analysis:" placeholder:"FILE" brief:"use another resource archive" help:"resource archive to use instead of the built-in one"`
	ResourcesKey string `needs:"resources" group:"Analysis:" placeholder:"FILE" help:"file with the key of an encrypted archive: 16 bytes, or 32 hexadecimal digits; if the archive's name ends in .enc, the environment variable MERCTOOLS_RESOURCES_KEY can hold the digits instead"`
}

// keyVariable is the environment variable that has the key of archives whose
// names end in .enc.
const keyVariable = "MERCTOOLS_RESOURCES_KEY"

// keyLen is how many bytes a key has (AES-128).
const keyLen = 16

// key returns the key of the archive, or nil where it is not encrypted.
func (f *ArchiveFlags) key() ([]byte, error) {
	if f.ResourcesKey != "" {
		text, err := readSmall(f.ResourcesKey)
		if err != nil {
			return nil, err
		}
		key, ok := parseKey(text)
		if !ok {
			return nil, fmt.Errorf("%s: neither %d bytes nor %d hexadecimal digits", f.ResourcesKey, keyLen, 2*keyLen)
		}
		return key, nil
	}
	if !strings.HasSuffix(f.Resources, ".enc") {
		return nil, nil
	}
	text, ok := os.LookupEnv(keyVariable)
	if !ok {
		return nil, fmt.Errorf("%s: the archive is encrypted: give its key in a file (--resources-key) or in %s", f.Resources, keyVariable)
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != keyLen {
		return nil, fmt.Errorf("%s: not %d hexadecimal digits", keyVariable, 2*keyLen)
	}
	return key, nil
}

// readSmall reads what can be a key.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4*keyLen))
}

// parseKey reads a key as it is, or as hexadecimal digits that may be the
// first ones of a line.
func parseKey(text []byte) ([]byte, bool) {
	if len(text) == keyLen {
		return text, true
	}
	key, err := hex.DecodeString(strings.TrimRight(string(text), "\r\n"))
	return key, err == nil && len(key) == keyLen
}

// Open opens the archive. It returns what to call it in messages, and its key.
func (f *ArchiveFlags) Open() (r io.ReadCloser, called string, key []byte, err error) {
	if key, err = f.key(); err != nil {
		return nil, "", nil, err
	}
	r, called, err = builtin.Open(f.Resources)
	return r, called, key, err
}
