// Node's own https, and its fetch, through a CONNECT proxy: cells as JSON on stdin, outcomes as JSON on stdout.
const http = require("http");
const https = require("https");
const tls = require("tls");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const AT_ONCE = 10;
const headers = { authorization: asked.token };

// A socket to the host through the proxy, as each of the many "https-proxy-agent" packages makes one.
function tunnel(host, over) {
  const request = http.request({ host: "127.0.0.1", port: asked.port, method: "CONNECT", path: `${host}:443` });
  request.on("error", over);
  request.on("connect", (_, socket) => over(null, socket));
  request.end();
  return request;
}

// Node 20 has no way to send its fetch through a proxy: no variable, and the ProxyAgent of undici is not
// exported. Its agent takes a connector, though, which is what ProxyAgent is made of.
async function agent() {
  await fetch("data:,");  // loads undici, which then tells its agent
  const Agent = globalThis[Symbol.for("undici.globalDispatcher.1")].constructor;
  return new Agent({
    connect({ hostname }, over) {
      tunnel(hostname, (error, socket) => {
        if (error) return over(error, null);
        const secure = tls.connect({ socket, servername: hostname, ALPNProtocols: ["http/1.1"] });
        secure.once("secureConnect", () => over(null, secure));
        secure.once("error", (e) => over(e, null));
      });
    },
  });
}

const outcome = () => ({ status: null, parts: [], error: null, first: 0, began: Date.now() });
const since = (seen) => (Date.now() - seen.began) / 1000;
const told = (seen) => ({
  status: seen.status, body: Buffer.concat(seen.parts).toString("base64"), error: seen.error,
  first: seen.first, seconds: seen.seconds,
});
const take = (seen, data) => { seen.first = seen.first || since(seen); seen.parts.push(Buffer.from(data)); };
const word = (e) => `${e.code || e.name}: ${e.message}`;

function withHttps(cell) {
  return new Promise((resolve) => {
    const seen = outcome();
    let timer = null;
    const over = (error) => {
      if (seen.seconds !== undefined) return;
      clearTimeout(timer);
      seen.seconds = since(seen);
      seen.error = error && (error === "timeout" ? error : word(error));
      resolve(told(seen));
    };
    const connecting = tunnel(cell.host, (error, socket) => {
      if (error) return over(error);
      socket.on("error", over);
      const options = { host: cell.host, path: cell.path, servername: cell.host, socket, headers, agent: false };
      const request = https.request(options, (answer) => {
        seen.status = answer.statusCode;
        answer.on("data", (data) => take(seen, data));
        answer.on("error", over);
        answer.on("end", () => over(null));
      });
      request.on("error", over);
      request.end();
      timer = setTimeout(() => { over("timeout"); request.destroy(); socket.destroy(); }, cell.timeout * 1000);
    });
    timer = setTimeout(() => { over("timeout"); connecting.destroy(); }, cell.timeout * 1000);
  });
}

async function withFetch(cell) {
  const seen = outcome();
  const dispatcher = await agent();
  try {
    const signal = AbortSignal.timeout(cell.timeout * 1000);
    const answer = await fetch(`https://${cell.host}${cell.path}`, { dispatcher, signal, headers });
    seen.status = answer.status;
    // some errors of a body reach nobody who reads it, not even by the signal
    const over = new Promise((_, fail) => setTimeout(() => fail(new Error("own timeout")), cell.timeout * 1000 + 500));
    const read = async () => { for await (const data of answer.body ?? []) take(seen, data); };
    await Promise.race([read(), over]);
  } catch (e) {
    seen.error = e.cause ? `${e.message}: ${word(e.cause)}` : `${e.name}: ${e.message}`;
  }
  seen.seconds = since(seen);
  dispatcher.destroy().catch(() => {});
  return told(seen);
}

(async () => {
  setInterval(() => {}, 1000);  // the timer of an AbortSignal keeps no process alive
  const left = asked.cells.map((cell, i) => [i, cell]);
  const outcomes = [];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [i, cell] = next;
      outcomes[i] = await (cell.client === "fetch" ? withFetch : withHttps)(cell);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  process.stdout.write(JSON.stringify(outcomes), () => process.exit(0));
})();
