// mockttp as a proxy that passes everything through: `node mockttp.js PORT`.
const net = require("net");
const mockttp = require("mockttp");

// mockttp listens on every address, and has no option for less
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, { port, host: "127.0.0.1" }, ...rest);
};

(async () => {
  const server = mockttp.getLocal({ recordTraffic: false });
  await server.forAnyRequest().thenPassThrough();
  await server.start(Number(process.argv[2]));
})();
