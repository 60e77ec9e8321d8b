// Fetches pages with impit, which imitates a browser. Usage: node impit.js DIR BROWSER
const {Impit} = require(process.argv[2])
async function main() {
	for (const options of [{}, {}, {http3: true}, {vanillaFallback: false}]) {
		const c = new Impit({browser: process.argv[3], ignoreTlsErrors: true, timeout: 3000, ...options})
		for (const url of ['https://www.lab.test/empty', 'https://www.lab.test/empty', 'https://192.0.2.1/empty', 'http://www.lab.test/empty'])
			await c.fetch(url, options.http3 ? {forceHttp3: url.startsWith('https')} : {}).catch(e => console.log(String(e)))
		await c.fetch('http://www.lab.test/empty', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}).catch(e => console.log(String(e)))
	}
	setTimeout(() => process.exit(), 1000)
}
main()
