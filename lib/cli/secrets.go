package cli

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
)

// Lengths of the key of hashes in bytes.
const (
	minMaskKey = 16
	maxMaskKey = 4096
)

// maskKey is the key of the hashes by which secrets are replaced, nil where
// they are not.
func (r *Records) maskKey() ([]byte, error) {
	switch {
	case !r.MaskSecrets && !r.Normalize && r.MaskKey != "":
		return nil, Usagef("--mask-key needs --mask-secrets or --normalize")
	case !r.MaskSecrets && !r.Normalize:
		return nil, nil
	case r.MaskKey == "":
		key := make([]byte, 2*minMaskKey)
		rand.Read(key) // does not fail
		return key, nil
	}
	f, err := os.Open(r.MaskKey)
	if err != nil {
		return nil, fmt.Errorf("--mask-key: %w", err)
	}
	defer f.Close()
	key, err := io.ReadAll(io.LimitReader(f, maxMaskKey+1))
	if err != nil {
		return nil, fmt.Errorf("--mask-key: %w", err)
	}
	key = bytes.TrimSpace(key)
	if len(key) < minMaskKey || len(key) > maxMaskKey {
		return nil, fmt.Errorf("--mask-key: %s: a key has %d to %d bytes", r.MaskKey, minMaskKey, maxMaskKey)
	}
	return key, nil
}
