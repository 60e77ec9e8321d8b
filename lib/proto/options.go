package proto

// Options are what a user chose about records. They do not change after the
// messages have been made.
type Options struct {
	Select Selection

	Metadata  bool // write more than what a fingerprint needs
	DNSJSON   bool // write DNS messages as JSON in place of base64
	CertsJSON bool // write certificates as JSON in place of base64

	RawFeatures map[string]bool // protocols whose features are written as they came

	TLSFormat  int // NPF format of TLS and DTLS fingerprints: 0, 1 or 2
	QUICFormat int // NPF format of QUIC fingerprints: 0 or 1

	// ModelFormats, if not nil, has the formats of the archive that messages
	// are classified with, in place of TLSFormat and QUICFormat. It is called
	// for each fingerprint; the first call can take as long as loading the
	// archive does.
	ModelFormats func() (tls, quic int)

	// Quirk Q59: only fingerprint and destination contexts have them.
	HTTPHeaders HTTPHeaders
	HTTPBodyMax int // bytes of an HTTP body to write

	NonselectedTCPData bool // write the first data of TCP flows with no known message
	NonselectedUDPData bool // write the first data of UDP flows with no known message

	Reassembly          bool // put messages together from several packets
	Deep                bool // read all that the standards allow, beyond what the reference does; needs Reassembly
	QUICTrialDecryption bool // try all known keys on unknown QUIC versions
	MinimizeRAM         bool // keep less state

	// Memory bounds what is kept, in place of the bounds that each kind of state
	// has; MinimizeRAM changes nothing of it.
	Memory Memory
}

// Memory is how many bytes state of each kind may take in one worker. 0 leaves a
// kind at its own bound.
type Memory struct {
	TCPFlows  int // TCP flows whose first data is wanted
	UDPFlows  int // UDP flows of which the first data has been seen
	Messages  int // messages in reassembly
	Streams   int // TCP streams, and what is held of them
	Fragments int // IP packets in fragments
	QUIC      int // QUIC connections, and versions that were learned
	DTLS      int // DTLS conversations
}

// TLS is the format of TLS and DTLS fingerprints.
func (o *Options) TLS() int {
	if o.ModelFormats != nil {
		tls, _ := o.ModelFormats()
		return tls
	}
	return o.TLSFormat
}

// QUIC is the format of QUIC fingerprints.
func (o *Options) QUIC() int {
	if o.ModelFormats != nil {
		_, quic := o.ModelFormats()
		return quic
	}
	return o.QUICFormat
}

// HTTPHeaders says which headers of an HTTP message are written.
type HTTPHeaders uint8

// The choices for HTTPHeaders.
const (
	HTTPHeadersDefault HTTPHeaders = iota
	HTTPHeadersNonSensitive
	HTTPHeadersAll
)

// MaxHTTPBody is how many bytes of HTTP bodies can be asked for.
const MaxHTTPBody = 2048

// RawProtocols are the names that RawFeatures can have.
var RawProtocols = []string{"all", "none", "bittorrent", "smb", "ssdp", "stun", "tls"}

// Raw reports whether the raw features of a protocol are wanted.
func (o *Options) Raw(protocol string) bool {
	return o.RawFeatures["all"] || o.RawFeatures[protocol]
}
