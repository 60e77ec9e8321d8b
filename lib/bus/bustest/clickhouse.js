// An HTTP interface to a ClickHouse in this process, with the parts that clients
// of it need: a query in the URL or in the body, data behind it, settings in the
// URL, the status and the code of an error. It prints its address.
const {Session} = require("chdb");
const session = new Session(process.argv[1]);

// run is what the answer to a request is: status and text.
function run(url, body) {
	const settings = [...url.searchParams].filter(([name]) => name !== "query" && name !== "database");
	let query = url.searchParams.get("query") || "";
	if (query && settings.length) {
		const list = "SETTINGS " + settings.map(([name, value]) => name + " = '" + value.replaceAll("'", "\\'") + "'").join(", ");
		query = query.replace(/(?= FORMAT \w+$)|$/, " " + list);
	}
	try {
		return [200, session.query(query ? query + "\n" + body : body, "TabSeparated")];
	} catch (e) {
		const text = String(e).replace(/^.*?(?=Code: \d)/s, "");
		const code = Number((/^Code: (\d+)/.exec(text) || [])[1]);
		return [code === 60 || code === 81 ? 404 : [27, 47, 62, 117].includes(code) ? 400 : 500, text + "\n"];
	}
}

const server = require("http").createServer((request, response) => {
	const parts = [];
	request.on("data", part => parts.push(part));
	request.on("end", () => {
		const [status, text] = run(new URL(request.url, "http://localhost"), Buffer.concat(parts).toString());
		response.writeHead(status, {"Content-Type": "text/tab-separated-values; charset=UTF-8"});
		response.end(text);
	});
});
server.listen(0, "127.0.0.1", () => console.log("127.0.0.1:" + server.address().port));
process.stdin.on("end", () => process.exit(0)).resume(); // with the process that started it
