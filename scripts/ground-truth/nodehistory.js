// Connects as programs in Node.js do, in the language of Node.js 0.10, so that all
// releases since can run it. With cipher lists of other programs it sends what
// these send with the same OpenSSL: for such connections it writes a label with
// the source port.
//
// Usage: node nodehistory.js HOST ADDRESS
var http = require('http'), https = require('https'), tls = require('tls')
var host = process.argv[2], address = process.argv[3], openssl = 'OpenSSL ' + process.versions.openssl
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
process.on('uncaughtException', function () {})

// Cipher lists by default of OpenSSL, of Python's module ssl, and of urllib3, which
// requests uses; and those of others who set one.
var lists = {
	openssl: ['DEFAULT', 'ALL', 'HIGH', 'HIGH:!aNULL:!MD5', 'DEFAULT:!DH', 'ALL:!EXPORT:!EXPORT40:!EXPORT56:!aNULL:!LOW:!RC4:@STRENGTH',
		'ALL:!aNULL:!eNULL', 'DEFAULT:@SECLEVEL=0', 'DEFAULT:@SECLEVEL=2', 'HIGH:MEDIUM:!aNULL', 'ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH',
		'ALL:!ADH:!EXPORT:!SSLv2:RC4+RSA:+HIGH:+MEDIUM:+LOW', 'ECDHE+AESGCM', 'DEFAULT:!aNULL:!eNULL:!LOW:!EXPORT:!SSLv2'],
	'python': ['ECDH+AESGCM:DH+AESGCM:ECDH+AES256:DH+AES256:ECDH+AES128:DH+AES:ECDH+HIGH:DH+HIGH:ECDH+3DES:DH+3DES:RSA+AESGCM:RSA+AES:RSA+HIGH:RSA+3DES:!aNULL:!eNULL:!MD5',
		'ECDH+AESGCM:ECDH+CHACHA20:DH+AESGCM:DH+CHACHA20:ECDH+AES256:DH+AES256:ECDH+AES128:DH+AES:ECDH+HIGH:DH+HIGH:RSA+AESGCM:RSA+AES:RSA+HIGH:!aNULL:!eNULL:!MD5:!3DES',
		'TLS13-AES-256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES-128-GCM-SHA256:ECDH+AESGCM:ECDH+CHACHA20:DH+AESGCM:DH+CHACHA20:ECDH+AES256:DH+AES256:ECDH+AES128:DH+AES:ECDH+HIGH:DH+HIGH:RSA+AESGCM:RSA+AES:RSA+HIGH:!aNULL:!eNULL:!MD5:!3DES',
		'DEFAULT:!aNULL:!eNULL:!MD5:!3DES:!DES:!RC4:!IDEA:!SEED:!aDSS:!SRP:!PSK',
		'@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM',
		'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDH+AESGCM:DH+AESGCM:ECDH+AES:DH+AES:RSA+AESGCM:RSA+AES:!aNULL:!eNULL:!MD5:!DSS',
		'ECDH+AESGCM:ECDH+CHACHA20:DH+AESGCM:DH+CHACHA20:ECDH+AES256:DH+AES256:ECDH+AES128:DH+AES:RSA+AESGCM:RSA+AES:!aNULL:!eNULL:!MD5:!DSS']
}
var work = []
function add(options, name) { work.push([options, name]) }
add({}, ''); add({ALPNProtocols: ['http/1.1'], NPNProtocols: ['http/1.1']}, '')
add({servername: host, secureProtocol: 'TLSv1_method'}, ''); add({servername: host, secureProtocol: 'TLSv1_2_method'}, '')
add({servername: host, maxVersion: 'TLSv1.2'}, '')
for (var name in lists) {
	lists[name].forEach(function (list) {
		add({ciphers: list, servername: host}, name)
		add({ciphers: list, servername: host, ALPNProtocols: ['http/1.1']}, name)
		add({ciphers: list, servername: host, ALPNProtocols: ['h2', 'http/1.1']}, name)
		add({ciphers: list, servername: host, secureOptions: 0x4000}, name) // no session tickets
		add({ciphers: list}, name)
		add({ciphers: list, servername: host, maxVersion: 'TLSv1.2'}, name)
		add({ciphers: list, servername: host, minVersion: 'TLSv1'}, name)
		add({ciphers: list, secureProtocol: 'TLSv1_method'}, name)
	})
}
function next() {
	var w = work.shift(), done = false, s
	if (!w) return web()
	function end() { if (!done) { done = true; try { s.destroy() } catch (e) {} setTimeout(next, 0) } }
	var o = w[0], raw = require('net').connect({port: 443, host: address})
	raw.on('error', end)
	raw.on('connect', function () {
		if (w[1]) console.log(JSON.stringify({port: raw.localPort, protocol: 'tls', name: w[1], library: openssl, kind: w[1] == 'python' ? 'emulated' : 'real', family: 'openssl'}))
		o.socket = raw; o.rejectUnauthorized = false
		try { s = tls.connect(o, end); s.on('error', end) } catch (e) { raw.destroy(); end() }
		setTimeout(end, 1500).unref && 0
	})
}
function web() {
	var gets = [
		[https, {method: 'GET'}], [https, {method: 'GET', agent: false}], [http, {method: 'GET'}], [http, {method: 'GET', agent: false}],
		[http, {method: 'HEAD'}], [http, {method: 'POST', body: 'a=b', headers: {'Content-Type': 'application/x-www-form-urlencoded'}}],
		[http, {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json', 'Content-Length': 2}}],
		[http, {method: 'GET', headers: {'User-Agent': 'node', Accept: '*/*'}}]]
	gets.forEach(function (g) {
		g[1].hostname = g[1].host = host; g[1].path = '/empty'; g[1].rejectUnauthorized = false
		try {
			var q = g[0].request(g[1], function (r) { r.resume && r.resume() })
			q.on('error', function () {}); q.end(g[1].body)
		} catch (e) {}
	})
	if (typeof fetch === 'function') ['https://', 'http://'].forEach(function (p) {
		fetch(p + host + '/empty').catch(function () {})
		fetch(p + host + '/empty', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}).catch(function () {})
	})
	try {
		var c = require('http2').connect('https://' + host, {rejectUnauthorized: false}); c.on('error', function () {})
		c.request({':path': '/empty'}).end()
	} catch (e) {}
	setTimeout(function () { process.exit() }, 2500)
}
next()
