# Records as documents of the Elastic Common Schema, 8.11. docs/mappings.md says
# what goes where. It works with jq 1.6 and later:
#
#     jq -c -f docs/mappings/ecs.jq records.jsonl

# tidy drops members that have no value.
def tidy:
  if type == "object" then with_entries(.value |= tidy | select(.value != null and .value != {} and .value != []))
  else . end;

def mac: if . then ascii_upcase | gsub(":"; "-") else null end;

# Normalized records have the same in other shapes: attributes and members are
# lists of objects with one member of either.
def attributes: if type == "object" then [to_entries[] | .key as $k | .value[] | {($k): .}] else . end;
def members: if type == "object" then [to_entries[] | .key as $k | {($k): .value}] else . end;
def names_of: if type == "object" then [to_entries[] | .key as $k | .value | arrays | .[] | {($k): .}] else . end;
def first_certificate: [.[0]? | .cert // .] | .[0] | if .base64 then null else . end;

# dn is a distinguished name as RFC 4514 writes it, as far as we know its parts.
def dn:
  {common_name: "CN", organization_name: "O", organizational_unit_name: "OU", country_name: "C", locality_name: "L", state_or_province_name: "ST"} as $short
  | attributes | [.[]? | to_entries[] | select($short[.key]) | $short[.key] + "=" + (.value | tostring | gsub("(?<c>[,+\"\\\\<>;=])"; "\\\(.c)"))]
  | reverse | join(",");
def names($key): attributes | [.[]? | .[$key] // empty];
def time: if . then sub(" "; "T") else null end;
def name_parts: {
  distinguished_name: dn, common_name: names("common_name"), organization: names("organization_name"),
  organizational_unit: names("organizational_unit_name"), country: names("country_name"),
  locality: names("locality_name"), state_or_province: names("state_or_province_name")};
def x509: {
  serial_number: .serial_number | (if . then ascii_upcase else null end),
  version_number: (if .version then (.version | (strings | ltrimstr("0") | tonumber) // . | . + 1 | tostring) else null end),
  subject: (.subject | name_parts), issuer: (.issuer | name_parts),
  not_before: ([.validity | members[]? | .not_before // empty][0] | time), not_after: ([.validity | members[]? | .not_after // empty][0] | time),
  alternative_names: [.extensions | members[]? | .subject_alt_name? | names_of[]? | .dns_name? // .ip_address? // empty],
  public_key_algorithm: .subject_public_key_info.algorithm_identifier.algorithm,
  public_key_size: (.subject_public_key_info.subject_public_key | .bits_in_modulus? // .bits_in_key? // null),
  signature_algorithm: .signature_algorithm.algorithm};

(.tls // .dtls // {}) as $tls
| (.dns.response // .dns.query // {}) as $dns
| (.tls_params.version // .tls_params.versions[0]? // null) as $version
| ($tls.server.certs | first_certificate) as $certificate
| {ip: .src_ip, port: .src_port, mac: (.mac.src | mac)} as $source
| {ip: .dst_ip, port: .dst_port, mac: (.mac.dst | mac)} as $destination
| (if $tls.client or .http.request or .dns.query or .tcp or .type == "ssh.client" then "client"
   elif $tls.server or .http.response or .dns.response or .tcp_server or .type == "ssh.server" then "server"
   else null end) as $sender
| {
  "@timestamp": (.time_iso // (.event_start | strings) // (.event_start | floor | todate | sub("Z$"; "")) + (.event_start | . - floor | tostring | ltrimstr("0") | .[0:7]) + "Z"),
  ecs: {version: "8.11.0"},
  event: {
    kind: "event", category: ["network"], module: "merctools",
    dataset: ("merctools." + ((.type // "record") | split(".")[0])),
    type: (if .tcp and .fingerprints.tcp then ["connection", "start"] else ["protocol", "info"] end)},
  observer: {type: "sensor", product: "merctools"},
  network: {
    transport: ({"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "132": "sctp"}[.protocol | tostring]),
    iana_number: (if .protocol then .protocol | tostring else null end),
    type: (if .src_ip then (if .src_ip | contains(":") then "ipv6" else "ipv4" end) else null end),
    protocol: (if .type then .type | split(".")[0] | select(. != "tcp") // null else null end),
    community_id: .community_id,
    vlan: {id: (if .vlan then (.vlan[0] | if type == "object" then .id else . end | tostring) else null end)}},
  source: $source, destination: $destination,
  client: (if $sender == "client" then $source elif $sender == "server" then $destination else null end),
  server: (if $sender == "client" then $destination elif $sender == "server" then $source else null end),
  tls: {
    version: (if $version then $version | sub("^(D?TLS|SSL)v"; "") else null end),
    version_protocol: (if $version then $version | ascii_downcase | sub("v[0-9.]+$"; "") else null end),
    cipher: .tls_params.cipher_suite, curve: .tls_params.group,
    next_protocol: (if $tls.server then .tls_params.alpn[0]? else null end),
    client: {server_name: ($tls.client.server_name // null | select(. != "") // null), ja3: .fingerprints.ja3},
    server: ({ja3s: .fingerprints.ja3s}
      + (if $certificate then ($certificate | x509) as $x
           | {x509: $x, subject: $x.subject.distinguished_name, issuer: $x.issuer.distinguished_name, not_before: $x.not_before, not_after: $x.not_after}
         else {} end))},
  dns: (if .dns then {
    type: (if .dns.response then "answer" else "query" end), id: $dns.id,
    op_code: .dns_header.opcode, response_code: .dns_header.rcode,
    header_flags: [.dns_header // {} | to_entries[] | select(.value == true) | .key | select(. != "response") | ascii_upcase],
    question: ($dns.question[0]? // {} | {name: (.name // null | if . then sub("(?<=.)\\.$"; "") else . end), type, class}),
    answers: [$dns.answer[]? | {name: (.name // null), type, class, ttl, data: ([to_entries[] | select(.key | IN("name", "type", "class", "ttl", "type_code", "unknown_rr_type") | not) | .value][0] | if . == null or type == "string" then . else tojson end)} | tidy],
    resolved_ip: [$dns.answer[]? | .ipv4_addr // .ip6_addr // empty]} else null end),
  http: {
    version: (.http.request.protocol // .http.response.version // null | if . then ltrimstr("HTTP/") else . end),
    request: {method: .http.request.method, referrer: .http.request.referer},
    response: {status_code: (.http.response.status_code // null | if . then (tonumber? // null) else . end)}},
  url: {original: .http.request.uri, domain: .http.request.host},
  user_agent: {original: .http.request.user_agent},
  related: {
    ip: ([.src_ip, .dst_ip, ($dns.answer[]? | .ipv4_addr // .ip6_addr // empty)] | map(select(.)) | unique),
    hosts: ([$tls.client.server_name?, .http.request.host, $dns.question[0]?.name] | map(select(. and . != "")) | unique),
    hash: ([.fingerprints // {} | .ja3, .ja3s, .hassh, .hasshserver] | map(select(.)) | unique)},
  mercury: {fingerprints, analysis}
} | tidy
