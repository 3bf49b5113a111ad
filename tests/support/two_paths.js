// The same service as two_paths.py, in Node: `/two` goes around the proxy with TWO=around.
const http = require("node:http");

const [port, provider] = process.argv.slice(2).map(Number);
const HOST = "api.openai.test";
const PATIENCE = 300;

function call(options) {
  return new Promise((resolve, reject) => {
    const request = http.request(options, (answer) => {
      answer.resume();
      answer.on("end", resolve);
      answer.on("error", reject);
    });
    request.setTimeout(PATIENCE, () => request.destroy(new Error("too late")));
    request.on("error", reject);
    request.end();
  });
}

const agent = new http.Agent({ keepAlive: true });

function captured(headers) {
  const proxy = new URL(process.env.HTTP_PROXY);
  return call({ host: proxy.hostname, port: proxy.port, path: `http://${HOST}/v1/answer`,
                headers: { host: HOST, ...headers }, agent });
}

function around(headers) {
  return call({ host: "127.0.0.1", port: provider, path: "/v1/answer", headers: { host: HOST, ...headers }, agent });
}

http.createServer((request, answer) => answer.end("ok")).listen(provider, "127.0.0.1");
http.createServer(async (request, answer) => {
  if (request.url !== "/healthz") {
    const passed = process.env.TRACE === "pass" && request.headers.traceparent;
    const headers = passed ? { traceparent: request.headers.traceparent } : {};
    const isAround = request.url === "/two" && process.env.TWO === "around";
    try {
      await (isAround ? around : captured)(headers);
      answer.setHeader("x-answered-by", "provider");
    } catch {
      answer.setHeader("x-answered-by", "fallback");
    }
  }
  answer.end("ok");
}).listen(port, "127.0.0.1");
