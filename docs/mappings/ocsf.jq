# Records as events of the Open Cybersecurity Schema Framework, 1.7.
# docs/mappings.md says what goes where. It works with jq 1.6 and later:
#
#     jq -c -f docs/mappings/ocsf.jq records.jsonl

def tidy:
  if type == "object" then with_entries(.value |= tidy | select(.value != null and .value != {} and .value != []))
  else . end;

def hash($algorithm): if . then {algorithm_id: $algorithm, value: .} else null end;
def md5: hash(1);
def hex: reduce (ascii_downcase | explode[]) as $c (0; . * 16 + (if $c > 96 then $c - 87 else $c - 48 end));
def milliseconds: if . then sub(" "; "T") | fromdate * 1000 else null end;
# Normalized records have the same in other shapes: attributes and members are
# lists of objects with one member of either, and when is a time in seconds.
def attributes: if type == "object" then [to_entries[] | .key as $k | .value[] | {($k): .}] else . end;
def members: if type == "object" then [to_entries[] | .key as $k | {($k): .value}] else . end;
def first_certificate: [.[0]? | .cert // .] | .[0] | if .base64 then null else . end;
def when: if type == "string" then (sub("\\.[0-9]+"; "") | fromdate) + ((capture("(?<f>\\.[0-9]+)").f // "0") | tonumber) else . end;
def dn: attributes | [.[]? | to_entries[] | .key + "=" + (.value | tostring)] | join(", ");
def certificate:
  if .serial_number and .issuer then {
    serial_number, issuer: (.issuer | dn), subject: (.subject | dn),
    version: (if .version then (.version | (strings | ltrimstr("0") | tonumber) // . | . + 1 | tostring) else null end),
    created_time: ([.validity | members[]? | .not_before // empty][0] | milliseconds),
    expiration_time: ([.validity | members[]? | .not_after // empty][0] | milliseconds)}
  else null end;
def activity($methods): . as $m | ($methods | index($m)) as $i | if $i then $i + 1 else 99 end;

select(.src_ip and .dst_ip)
| (.tls // .dtls // {}) as $tls
| (.dns.response // .dns.query // {}) as $dns
# Events have the client as the source, whoever sent the message.
| (if $tls.server or .http.response or .dns.response or .tcp_server or .type == "ssh.server" then
     {src: {ip: .dst_ip, port: .dst_port}, dst: {ip: .src_ip, port: .src_port}}
   else {src: {ip: .src_ip, port: .src_port}, dst: {ip: .dst_ip, port: .dst_port}} end) as $ends
| (if .dns and $dns.question[0]?.name then {uid: 4003, activity: (if .dns.response then 2 else 1 end)}
   elif .http then {uid: 4002, activity: (.http.request.method // null
     | if . == null then 0 else activity(["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH"]) end)}
   elif .ssh then {uid: 4007, activity: 6}
   else {uid: 4001, activity: (if .tcp and .fingerprints.tcp then 1 else 6 end)} end) as $class
| ((.event_start | when * 1000) | floor) as $time
| {
  class_uid: $class.uid, category_uid: 4, activity_id: $class.activity, type_uid: ($class.uid * 100 + $class.activity),
  activity_name: (if $class.activity == 99 then .http.request.method else null end),
  severity_id: 1, time: $time,
  metadata: {version: "1.7.0", product: {name: "merctools", vendor_name: "merctools"}, event_code: .type},
  src_endpoint: $ends.src, dst_endpoint: $ends.dst,
  connection_info: {
    direction_id: 0, protocol_num: .protocol,
    protocol_name: ({"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "132": "sctp"}[.protocol | tostring]),
    protocol_ver_id: (if .src_ip | contains(":") then 6 else 4 end),
    community_uid: .community_id, uid: .flow_id},
  tls: ((.tls_params.version // .tls_params.versions[0]? // null) as $version
    | if $version then {
        version: $version, cipher: .tls_params.cipher_suite, sni: ($tls.client.server_name // null | select(. != "") // null),
        ja3_hash: (.fingerprints.ja3 | md5), ja3s_hash: (.fingerprints.ja3s | md5),
        certificate: ($tls.server.certs | first_certificate // {} | certificate)}
      else null end),
  ja4_fingerprint_list: [.fingerprints.ja4 // empty | {type_id: 1, value: .}],
  unmapped: {fingerprints, analysis}
}
+ (if $class.uid == 4003 then
     (.dns_header.rcode // null) as $rcode
     | {query: ($dns.question[0] | {hostname: .name, type, class} + {packet_uid: ($dns.id // null | if . then hex else . end)})}
     + (if .dns.response then {
          response_time: $time, rcode: $rcode,
          rcode_id: (if $rcode then ({NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, YXDOMAIN: 6, YXRRSET: 7, NXRRSET: 8, NOTAUTH: 9, NOTZONE: 10}[$rcode] // 99) else null end),
          answers: [$dns.answer[]? | {
            type, class, ttl, hostname: .name,
            rdata: ([to_entries[] | select(.key | IN("name", "type", "class", "ttl", "type_code", "unknown_rr_type") | not) | .value][0]
              | if . == null then "" elif type == "string" then . else tojson end)} | tidy]}
        else {query_time: $time} end)
   elif $class.uid == 4002 then {
     http_request: (if .http.request then .http.request | {
       http_method: .method, version: (.protocol // null | if . then ltrimstr("HTTP/") else . end), user_agent, referrer: .referer,
       url: (if .uri then {path: (.uri | split("?")[0]), query_string: (.uri | split("?")[1]), hostname: .host} else null end)} else null end),
     http_response: (if .http.response then .http.response | {code: (.status_code | tonumber? // 0), status: .status_reason, content_type} else null end)}
   elif $class.uid == 4007 then {
     client_hassh: (if .fingerprints.hassh then {fingerprint: (.fingerprints.hassh | md5)} else null end),
     server_hassh: (if .fingerprints.hasshserver then {fingerprint: (.fingerprints.hasshserver | md5)} else null end)}
   else {} end)
| tidy
