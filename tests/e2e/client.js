// Node's own https through a CONNECT proxy: reads cells as JSON on stdin, writes outcomes as JSON.
const http = require("http");
const https = require("https");
const cells = JSON.parse(require("fs").readFileSync(0, "utf8"));

function call(cell) {
  return new Promise((resolve) => {
    const began = Date.now();
    let status = null, size = 0, text = "", done = false;
    const finish = (error) => {
      if (done) return;
      done = true;
      resolve({ status, size, text: text.slice(0, 4000), error, seconds: (Date.now() - began) / 1000 });
    };
    const timer = setTimeout(() => finish("timeout"), cell.timeout * 1000);
    const over = (error) => { clearTimeout(timer); finish(error); };
    const say = (e) => over(`${e.code || e.name}: ${e.message}`);
    const tunnel = http.request({ host: "127.0.0.1", port: cell.port, method: "CONNECT", path: `${cell.host}:443` });
    tunnel.on("error", say);
    tunnel.on("connect", (_, socket) => {
      socket.on("error", say);
      const options = { host: cell.host, path: cell.path, servername: cell.host, socket, agent: false };
      const request = https.request(options, (answer) => {
        status = answer.statusCode;
        answer.on("data", (data) => { size += data.length; text += data; });
        answer.on("error", say);
        answer.on("end", () => over(null));
      });
      request.on("error", say);
      request.end();
    });
    tunnel.end();
  });
}

(async () => {
  const outcomes = await Promise.all(cells.map(call));
  process.stdout.write(JSON.stringify(outcomes), () => process.exit(0));
})();
