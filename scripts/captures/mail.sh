# SMTP and IMAP.
cat >"$LAB/smtpd.py" <<'PY'
import asyncio, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
class Handler:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 accepted"
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"
def login(server, session, envelope, mechanism, data):
    return AuthResult(success=True)
c = Controller(Handler(), hostname="192.0.2.2", port=25, server_hostname="mail.example.com", ident="ESMTP example",
               authenticator=login, auth_require_tls=False)
c.start()
asyncio.new_event_loop().run_forever()
PY
background server /usr/bin/python3 "$LAB/smtpd.py"
mkdir -p "$LAB/dovecot" "$LAB/mail"
cat >"$LAB/dovecot.conf" <<-CONF
	base_dir = $LAB/dovecot
	log_path = $LAB/dovecot.log
	protocols = imap
	listen = 192.0.2.2
	ssl = no
	disable_plaintext_auth = no
	auth_mechanisms = plain login cram-md5
	mail_location = maildir:$LAB/mail
	default_internal_user = nobody
	default_login_user = nobody
	passdb {
	  driver = static
	  args = password=wonderland
	}
	userdb {
	  driver = static
	  args = uid=alice gid=nogroup home=$LAB/mail
	}
	service imap-login {
	  chroot =
	  inet_listener imaps {
	    port = 0
	  }
	}
	service anvil {
	  chroot =
	}
	service stats {
	  chroot =
	}
CONF
chown alice "$LAB/mail"
background server dovecot -F -c "$LAB/dovecot.conf"
wait_port server 25
wait_port server 143
record tcp port 25 or tcp port 143
try swaks --server 192.0.2.2 --helo client.example.com --from alice@example.com --to bob@example.com --header 'Subject: test' --body 'A body.'
try swaks --server 192.0.2.2 --helo client --from '<>' --to nobody@example.com --quit-after RCPT
try swaks --server 192.0.2.2 --helo client --auth PLAIN -au alice -ap wonderland --from alice@example.com --to bob@example.com --pipeline
try swaks --server 192.0.2.2 --protocol SMTP --helo old --from alice@example.com --to bob@example.com
printf 'HELP\r\nVRFY bob\r\nNOOP\r\nRSET\r\nSTARTTLS\r\nEXPN list\r\nQUIT\r\n' | try nc -N -C 192.0.2.2 25
mail() { try curl -sS --max-time 5 "$@"; }
mail -u alice:wonderland imap://192.0.2.2/
mail -u alice:wonderland --login-options AUTH=PLAIN imap://192.0.2.2/INBOX -X 'STATUS INBOX (MESSAGES UNSEEN)'
mail -u alice:wrong imap://192.0.2.2/
(sleep 1; printf 'a1 CAPABILITY\r\n'; sleep 0.3; printf 'a2 LOGIN alice "wonderland"\r\n'; sleep 0.3; printf 'a3 SELECT INBOX\r\n'; sleep 0.3
	printf 'a4 UID SEARCH ALL\r\n'; sleep 0.3; printf 'a5 LIST "" {1}\r\n'; sleep 0.3; printf '*\r\n'; sleep 0.3; printf 'a6 NONSENSE\r\na7 LOGOUT\r\n'; sleep 0.5) | try nc -N 192.0.2.2 143
save mail 20
