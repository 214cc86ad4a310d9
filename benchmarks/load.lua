-- What wrk sends: the requests of BENCH_BEARERS in turn.
local requests, next_one = {}, 0

function init()
  local file = assert(io.open(os.getenv("BENCH_BEARERS")))
  for bearer in file:lines() do
    requests[#requests + 1] = wrk.format("POST", nil, {
      ["Host"] = wrk.host,
      ["Authorization"] = "Bearer " .. bearer,
      ["Origin"] = os.getenv("BENCH_ORIGIN"),
    }, "")
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6,
    e.status + e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
