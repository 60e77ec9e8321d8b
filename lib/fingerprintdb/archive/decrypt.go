package archive

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
)

var errPadding = errors.New("wrong key, or the encrypted file is damaged")

// A decrypter yields the plaintext of a file encrypted with AES-128 in CBC
// mode (NIST SP 800-38A, section 6.2), padded as RFC 5652, section 6.3, says.
// The first block of the file is the initialization vector.
type decrypter struct {
	r     io.Reader
	mode  cipher.BlockMode
	buf   []byte
	ready []byte // plaintext not yet handed out
	held  int    // bytes at the start of buf that are decrypted but may be padding
	err   error
}

func newDecrypter(r io.Reader, key []byte) (*decrypter, error) {
	if len(key) != 16 {
		return nil, ErrKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	var iv [aes.BlockSize]byte
	if _, err := io.ReadFull(r, iv[:]); err != nil {
		return nil, errors.New("an encrypted file must begin with an initialization vector of 16 bytes")
	}
	return &decrypter{r: r, mode: cipher.NewCBCDecrypter(block, iv[:]), buf: make([]byte, 64<<10)}, nil
}

// Read implements io.Reader.
func (d *decrypter) Read(p []byte) (int, error) {
	for len(d.ready) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

// fill decrypts the next piece. The last block is held back until it is known
// whether another one follows, because the last of all holds the padding.
func (d *decrypter) fill() {
	const size = aes.BlockSize
	last := d.buf[len(d.buf)-size:]
	held := d.held
	if held > 0 {
		copy(d.buf, last)
	}
	n, err := io.ReadFull(d.r, d.buf[held:len(d.buf)-size])
	if n%size != 0 {
		d.err = errPadding
		return
	}
	d.mode.CryptBlocks(d.buf[held:held+n], d.buf[held:held+n])
	text := d.buf[:held+n]
	switch {
	case err == nil:
		d.ready = text[:len(text)-size]
		copy(last, text[len(text)-size:])
		d.held = size
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		d.ready, d.err = unpad(text)
	default:
		d.err = err
	}
}

// unpad takes off 1 to 16 bytes, each of which holds their number.
func unpad(text []byte) ([]byte, error) {
	if len(text) == 0 {
		return nil, errPadding
	}
	n := int(text[len(text)-1])
	if n == 0 || n > aes.BlockSize || n > len(text) {
		return nil, errPadding
	}
	for _, c := range text[len(text)-n:] {
		if int(c) != n {
			return nil, errPadding
		}
	}
	return text[:len(text)-n], io.EOF
}
