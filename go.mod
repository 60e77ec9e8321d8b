module merctools

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/klauspost/compress v1.20.3
)

require (
	github.com/gaissmai/bart v0.30.0
	github.com/oschwald/maxminddb-golang/v2 v2.9.0
	github.com/rogpeppe/go-internal v1.16.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/valyala/fastjson v1.6.10
)

require (
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
)

require (
	github.com/gopacket/gopacket v1.7.7
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sys v0.49.0
)
