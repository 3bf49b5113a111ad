// Makes one HTTP/2 connection through CONNECT, asks for each path at once, then for one more; prints what it saw.
const http = require("http");
const http2 = require("http2");
const tls = require("tls");
const [port, host, ...paths] = process.argv.slice(2);
const seen = { goaway: null, answers: [] };

http
  .request({ port, host: "127.0.0.1", method: "CONNECT", path: `${host}:443` })
  .on("connect", (_, socket) => {
    const secure = tls.connect({ socket, servername: host, ALPNProtocols: ["h2"] }, async () => {
      const session = http2.connect(`https://${host}`, { createConnection: () => secure });
      session.on("error", (problem) => (seen.error = problem.code));
      session.on("goaway", (code, last) => (seen.goaway = [code, last]));
      const ask = (path) =>
        new Promise((resolve) => {
          const one = { path, size: 0 };
          const done = () => (clearTimeout(timer), resolve(one));
          let stream;
          try {
            stream = session.request({ ":path": path });
          } catch (problem) {
            one.error = problem.code;
            return resolve(one);
          }
          const timer = setTimeout(() => ((one.error = "timeout"), stream.close(), resolve(one)), 5000);
          stream.on("response", (head) => (one.status = head[":status"]));
          stream.on("data", (data) => (one.size += data.length));
          stream.on("error", (problem) => (one.error = problem.message));
          stream.on("close", () => ((one.code = stream.rstCode), done()));
        });
      seen.answers = await Promise.all(paths.map(ask));
      seen.answers.push(await ask("/more"));
      console.log(JSON.stringify(seen));
      process.exit(0);
    });
  })
  .end();
