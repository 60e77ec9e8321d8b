package bus

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLS is what the options tls, ca, cert and key say; nil without any of them.
// Names of files are in its errors.
func (u *URL) TLS() (*tls.Config, error) {
	ca, cert, key := u.Text("ca", ""), u.Text("cert", ""), u.Text("key", "")
	if !u.Bool("tls") && ca == "" && cert == "" && key == "" {
		return nil, nil
	}
	config := &tls.Config{}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificate in it", ca)
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
