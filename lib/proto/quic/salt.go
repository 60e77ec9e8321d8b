package quic

// Salt names the versions whose keys decrypted the packet. It is empty where it
// could not be decrypted, or came unencrypted.
func (m *Initial) Salt() string {
	if m.suite == nil || !m.plaintext.More() {
		return ""
	}
	return m.suite.name
}
