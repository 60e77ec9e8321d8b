// Connects as programs for Deno and Bun do. Usage: deno|bun run jsruntimes.mjs HOST ADDRESS
import http from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import process from 'node:process'

const [host, address] = process.argv.slice(2)
const wait = ms => new Promise(done => setTimeout(done, ms))
const attempt = async f => { try { await Promise.race([f(), wait(2500)]) } catch (e) { console.log(String(e)) } }
const insecure = {tls: {rejectUnauthorized: false}} // Bun's; Deno has an option for its command line

for (let i = 0; i < 2; i++) {
	for (const url of [`https://${host}/empty`, `https://${address}/empty`, `http://${host}/empty`]) {
		await attempt(() => fetch(url, insecure).then(r => r.text()))
		await attempt(() => fetch(url, {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}, ...insecure}).then(r => r.text()))
	}
	await attempt(() => new Promise(done => { const s = new WebSocket(`wss://${host}/`, insecure); s.onerror = s.onclose = done }))
	for (const [library, url] of [[https, `https://${host}/empty`], [http, `http://${host}/empty`]])
		await attempt(() => new Promise(done => library.get(url, {rejectUnauthorized: false}, r => { r.resume(); r.on('end', done) }).on('error', done)))
	await attempt(() => new Promise(done => { const s = tls.connect({host, port: 443, servername: host, rejectUnauthorized: false}, () => { s.destroy(); done() }); s.on('error', done) }))
	await wait(600) // the website ends the connections
}
process.exit()
