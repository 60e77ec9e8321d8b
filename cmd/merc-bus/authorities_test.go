package main

import (
	"crypto/x509"
	"testing"
)

// A server's certificate can be checked where the system has no authorities.
func TestAuthorities(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "none")
	t.Setenv("SSL_CERT_DIR", t.TempDir())
	pool, err := x509.SystemCertPool()
	if err != nil || pool.Equal(x509.NewCertPool()) {
		t.Errorf("no authorities: %v", err)
	}
}
