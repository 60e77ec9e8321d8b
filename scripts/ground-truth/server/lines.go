package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
)

// A dialogue is a protocol of lines. It returns the reply to one, and whether
// TLS begins after it, or the conversation ends. It is told whether TLS has
// begun.
type dialogue func(line string, secure bool) (reply string, next then)

type then int

const (
	goOn then = iota
	beginTLS
	end
)

// converse sends a greeting, which is omitted once TLS has begun, and replies
// to lines.
func converse(s *server, c net.Conn, greeting string, d dialogue) error {
	if _, err := fmt.Fprint(c, greeting); err != nil {
		return err
	}
	in := bufio.NewReader(c)
	_, secure := c.(*tls.Conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		reply, next := d(strings.TrimRight(line, "\r\n"), secure)
		if _, err := fmt.Fprint(c, reply); err != nil {
			return err
		}
		switch next {
		case beginTLS:
			return overTLS(func(s *server, c net.Conn) error { return converse(s, c, "", d) })(s, c)
		case end:
			return nil
		}
	}
}

func verb(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return strings.ToUpper(word)
}

func smtp(s *server, c net.Conn) error {
	data := false
	return converse(s, c, "220 mail."+s.domain+" ESMTP\r\n", func(line string, secure bool) (string, then) {
		if data {
			if data = line != "."; data {
				return "", goOn
			}
			return "250 OK\r\n", goOn
		}
		switch verb(line) {
		case "EHLO":
			if secure {
				return "250-mail." + s.domain + "\r\n250 AUTH PLAIN LOGIN\r\n", goOn
			}
			return "250-mail." + s.domain + "\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n", goOn
		case "STARTTLS":
			return "220 ready\r\n", beginTLS
		case "AUTH":
			return "235 OK\r\n", goOn
		case "DATA":
			data = true
			return "354 go on\r\n", goOn
		case "QUIT":
			return "221 bye\r\n", end
		}
		return "250 OK\r\n", goOn
	})
}

func pop3(s *server, c net.Conn) error {
	return converse(s, c, "+OK ready\r\n", func(line string, _ bool) (string, then) {
		switch verb(line) {
		case "CAPA":
			return "+OK\r\nSTLS\r\nUSER\r\nUIDL\r\n.\r\n", goOn
		case "STLS":
			return "+OK begin\r\n", beginTLS
		case "STAT":
			return "+OK 0 0\r\n", goOn
		case "LIST", "UIDL":
			return "+OK\r\n.\r\n", goOn
		case "QUIT":
			return "+OK bye\r\n", end
		}
		return "+OK\r\n", goOn
	})
}

func imap(s *server, c net.Conn) error {
	const capability = "IMAP4rev1 STARTTLS AUTH=PLAIN"
	return converse(s, c, "* OK [CAPABILITY "+capability+"] ready\r\n", func(line string, _ bool) (string, then) {
		tag, command, _ := strings.Cut(line, " ")
		done := tag + " OK done\r\n"
		switch verb(command) {
		case "CAPABILITY":
			return "* CAPABILITY " + capability + "\r\n" + done, goOn
		case "STARTTLS":
			return done, beginTLS
		case "SELECT", "EXAMINE":
			return "* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1]\r\n" + done, goOn
		case "LOGOUT":
			return "* BYE\r\n" + done, end
		}
		return done, goOn
	})
}

func ftp(s *server, c net.Conn) error {
	return converse(s, c, "220 ready\r\n", func(line string, _ bool) (string, then) {
		switch verb(line) {
		case "AUTH":
			return "234 go on\r\n", beginTLS
		case "USER":
			return "331 password\r\n", goOn
		case "PASS":
			return "230 OK\r\n", goOn
		case "PWD":
			return "257 \"/\"\r\n", goOn
		case "FEAT":
			return "211-Features:\r\n AUTH TLS\r\n211 End\r\n", goOn
		case "QUIT":
			return "221 bye\r\n", end
		case "PBSZ", "PROT", "TYPE", "OPTS":
			return "200 OK\r\n", goOn
		}
		return "502 no\r\n", goOn
	})
}

func redis(s *server, c net.Conn) error {
	return converse(s, c, "", func(line string, _ bool) (string, then) {
		if strings.HasPrefix(line, "*") || strings.HasPrefix(line, "$") {
			return "", goOn
		}
		return "+OK\r\n", goOn
	})
}
