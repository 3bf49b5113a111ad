-- For wrk: asks for the path given after `--` (an absolute URL makes the peer a proxy), and ends with numbers.
function init(args)
  wrk.path = args[1]
  wrk.headers["Host"] = args[2]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("numbers %d %d %d %.0f %.0f\n", summary.requests, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
