// Package tls reads the messages that open TLS connections: ClientHello,
// ServerHello and Certificate.
//
// ClientHello and ServerHello are what other protocols embed: DTLS, QUIC and
// OpenVPN carry the same messages inside their own records.
package tls
