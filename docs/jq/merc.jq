# Filters for records of merc-fp, merc-analyze and mercury. Use them with
#
#     jq -L docs/jq 'include "merc"; ...' records.jsonl
#
# They work with jq 1.6 and later. docs/guide.md has an example of each.

# ---- Counting; for these, call jq -n and pass what inputs gives ----

# tally(s) counts the values of a stream, the most frequent first.
def tally(s):
  reduce s as $x ({}; .[$x | tostring] += 1)
  | to_entries | sort_by(-.value, .key)[] | {count: .value, value: .key};

# top(n; s) and rare(n; s) are the n most and least frequent values.
def top($n; s): limit($n; tally(s));
def rare($n; s): [tally(s)] | sort_by(.count, .value) | .[:$n][];

# ---- What a record is ----

# fingerprint is the record's fingerprint in NPF.
def fingerprint: .fingerprints // {} | [.[] | select(contains("/"))] | .[0] // empty;

# hello is the ClientHello in a record of TLS, DTLS or QUIC.
def hello: .tls.client // .dtls.client // empty;

# server_name is the name that a client asks for.
def server_name: (hello | .server_name) // .http.request.host // empty | select(. != "");

# process($name) keeps what a program sent, by the classifier or its user agent.
def process($name):
  select(.analysis.process == $name
    or (.http.request.user_agent // "" | ascii_downcase | startswith(($name | ascii_downcase) + "/")));

# attribute($name) keeps records with an attribute of the analysis.
def attribute($name): select(any(.analysis.attributes[]?; .name == $name));

# ---- Certificates, of records with --certs-json, normalized or not ----

# certificate is the certificate of a server, without those of authorities.
def certificate: .tls.server.certs // .dtls.server.certs // [] | .[0] | .cert // . // empty | select(.base64 == null);

# subject is the common name in a certificate.
def subject: [.subject | (.common_name?)[]?, (.[]? | objects | .common_name // empty)] | .[0] // "";

# not_after is when a certificate ends, in seconds since 1970.
def not_after: [.validity | .not_after?, (.[]? | objects | .not_after)] | map(values) | .[0] // empty | sub(" "; "T") | fromdate;

# expired keeps records whose certificate had expired when it was sent;
# expired_at($time) those whose certificate has at a time, such as now.
def expired_at($time): select([certificate | not_after] | .[0] // $time | . < $time);
def expired: . as $r | expired_at($r.event_start | if type == "string" then sub("\\.[0-9]+"; "") | fromdate else . end);

# ---- TLS, of records with --add=tls_params ----

# weak_tls keeps what servers chose although it is broken, with the reason.
def weak_tls:
  .tls_params as {version: $version, cipher_suite: $suite}
  | [ (if $version // "" | test("^(SSLv|TLSv1\\.[01]|DTLSv1\\.0)") then $version else empty end),
      (if $suite // "" | test("NULL|EXPORT|anon|RC4|RC2|_DES|3DES|MD5") then $suite else empty end) ]
  | select(length > 0) as $why | {$why};

# sessions(s) joins what clients ask for with what servers answer, by flow. It
# needs --add=flow_id.
def sessions(s):
  reduce (s | select(.flow_id)) as $r ({};
    [$r | hello][0] as $hello
    | if $hello then
        .[$r.flow_id] += {client: $r.src_ip, server: $r.dst_ip, port: $r.dst_port, server_name: $hello.server_name, process: $r.analysis.process}
      elif $r.tls_params.cipher_suite then
        .[$r.flow_id] += {version: $r.tls_params.version, cipher_suite: $r.tls_params.cipher_suite, subject: [$r | certificate | subject][0]}
      else . end)
  | .[] | with_entries(select(.value != null));

# post_quantum says who offers and who chooses a group that resists quantum
# computers: offered, chosen, or what was chosen instead.
def post_quantum:
  if .tls_params.post_quantum_offered == true then "offered"
  elif .tls_params.post_quantum_offered == false then "not offered"
  elif (.tls_params.post_quantum // .ssh_params.post_quantum) == true then "chosen: " + (.tls_params.group // .ssh_params.kex)
  elif (.tls_params.cipher_suite // .ssh_params.kex) then "chosen instead: " + (.tls_params.group // .ssh_params.kex // .tls_params.version)
  else empty end;

# ---- Credentials and DNS ----

# credentials keeps records in which a secret can be read (--exposed-creds).
def credentials: select(any(.analysis.attributes[]?; .name | startswith("exposed_credentials")));

# encrypted_dns keeps hellos of DNS over TLS, HTTPS and QUIC: to known resolvers,
# to their port, or with their name in ALPN.
def encrypted_dns:
  select(hello) | select(any(.analysis.attributes[]?; .name == "encrypted_dns") or .dst_port == 853
    or any(.tls_params.alpn[]?; . == "dot" or startswith("doq")));

# nxdomain keeps answers that say that a name does not exist (--dns-json,
# --add=dns_header); question is what was asked for.
def nxdomain: select(.dns_header.rcode == "NXDOMAIN");
def question: (.dns.query // .dns.response).question[0].name // empty;
