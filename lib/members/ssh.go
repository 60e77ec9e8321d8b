package members

import (
	"bytes"

	"merctools/lib/flow"
	"merctools/lib/proto/ssh"
	"merctools/lib/record"
)

var sshFields = []record.Field{
	record.F("kex", record.Text, "key exchange method"),
	record.F("host_key", record.Text, "host key algorithm"),
	record.F("cipher_to_server", record.Text, "encryption algorithm from client to server"),
	record.F("cipher_to_client", record.Text, "encryption algorithm from server to client"),
	record.F("mac_to_server", record.Text, "MAC algorithm from client to server; not there where the encryption algorithm authenticates"),
	record.F("mac_to_client", record.Text, "MAC algorithm from server to client; not there where the encryption algorithm authenticates"),
	record.F("compression_to_server", record.Text, "compression algorithm from client to server"),
	record.F("compression_to_client", record.Text, "compression algorithm from server to client"),
	record.F("post_quantum", record.Bool, "the key exchange method resists quantum computers"),
}

// The lists of a KEXINIT that are negotiated, in the order of sshFields.
const numSSHLists = 8

// lists returns the lists of a KEXINIT.
func lists(k *ssh.KEXInit) [numSSHLists][]byte {
	return [...][]byte{
		k.KeyExchange(), k.HostKeys(), k.CiphersToServer(), k.CiphersToClient(),
		k.MACsToServer(), k.MACsToClient(), k.CompressionToServer(), k.CompressionToClient(),
	}
}

// An sshTable keeps the first KEXINIT of flows until the other side's comes.
// Where there is no room in the set that a flow hashes to, the oldest of the
// set makes room.
type sshTable struct {
	sets           [sshSets][sshWays]sshOffer
	next           [sshSets]uint8
	begun, evicted uint64
}

// The table has room for 1024 flows, and less than 5 MiB.
const (
	sshSets = 256
	sshWays = 4

	// maxOffer is how long the lists of an offer may be together; those of
	// OpenSSH have 1300 bytes.
	maxOffer = 4096

	sshMemory = sshSets * sshWays * (maxOffer + 256)
)

// An sshOffer is what one side of a flow offers.
type sshOffer struct {
	used       bool
	fromServer bool
	key        flow.Key // in the direction of the message
	text       []byte   // all lists; its memory is used again
	ends       [numSSHLists]int
}

func (o *sshOffer) lists() (l [numSSHLists][]byte) {
	start := 0
	for i, end := range o.ends {
		l[i] = o.text[start:end]
		start = end
	}
	return l
}

// meet returns what the other side of the flow offered. Where that is not
// known it keeps what this side offers, and ok is false.
func (t *sshTable) meet(k *flow.Key, fromServer bool, offer [numSSHLists][]byte) (other *sshOffer, ok bool) {
	i := k.Hash() % sshSets
	set := &t.sets[i]
	reverse := k.Reverse()
	var free *sshOffer
	for j := range set {
		o := &set[j]
		switch {
		case !o.used:
			if free == nil {
				free = o
			}
		case o.key == reverse && o.fromServer != fromServer:
			o.used = false
			return o, true
		case o.key == *k: // again, such as in a later connection
			free = o
		}
	}
	n := 0
	for _, list := range offer {
		n += len(list)
	}
	if n > maxOffer {
		return nil, false
	}
	t.begun++
	if free == nil {
		free = &set[t.next[i]]
		t.next[i] = (t.next[i] + 1) % sshWays
		t.evicted++
	}
	free.used, free.fromServer, free.key, free.text = true, fromServer, *k, free.text[:0]
	for j, list := range offer {
		free.text = append(free.text, list...)
		free.ends[j] = len(free.text)
	}
	return nil, false
}

func writeSSH(s *Set, w *record.Writer) {
	if s.Key.Version == 0 {
		return
	}
	m := s.Message.ssh
	if !m.KEXInit().Whole() {
		return
	}
	client := lists(m.KEXInit())
	other, ok := s.ssh.meet(&s.Key, m.FromServer(), client)
	if !ok {
		return
	}
	server := other.lists()
	if m.FromServer() {
		client, server = server, client
	}
	var agreed [numSSHLists][]byte
	for i := range agreed {
		agreed[i] = negotiate(client[i], server[i])
	}
	const ciphers, macs = 2, 4
	for i := range 2 { // directions
		if authenticates(agreed[ciphers+i]) {
			agreed[macs+i] = nil
		}
	}
	w.Key("ssh_params").Object()
	for i, name := range agreed {
		w.OptionalText(sshFields[i].Name, name)
	}
	w.Key("post_quantum").Bool(ssh.IsPostQuantum(agreed[0]))
	w.EndObject()
}

// negotiate returns the first name in the client's list that is also in the
// server's (RFC 4253, section 7.1), or nil. That a key exchange method may need
// a host key of a certain kind is not looked at. Names that are signals and no
// methods (RFC 8308, section 2.1) are on no side's list of the other.
func negotiate(client, server []byte) []byte {
	for len(client) > 0 {
		var name []byte
		name, client, _ = bytes.Cut(client, comma)
		for rest := server; len(rest) > 0; {
			var other []byte
			if other, rest, _ = bytes.Cut(rest, comma); bytes.Equal(name, other) {
				return name
			}
		}
	}
	return nil
}

var comma = []byte{','}

// authenticates reports whether an encryption algorithm needs no MAC.
func authenticates(cipher []byte) bool {
	return bytes.HasPrefix(cipher, aead) || bytes.Contains(cipher, gcm) || bytes.Contains(cipher, poly1305)
}

var (
	aead     = []byte("AEAD_")
	gcm      = []byte("-gcm")
	poly1305 = []byte("-poly1305")
)
