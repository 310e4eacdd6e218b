-- wrk: requests of many users, made before the run. Arguments: first and last shard, method, path, bytes of the body.
local texts = {}
local at = 0

function init(args)
  local first, last = tonumber(args[1]), tonumber(args[2])
  local method, path, size = args[3], args[4], tonumber(args[5])
  local body = size > 0 and string.rep("x", size) or nil
  for n = 0, 199 do
    local shard = first + n % (last - first + 1)
    local id = string.format("10%06d%02d", n * 7919 % 1000000, shard)
    local headers = { ["X-User-Id"] = id, ["User-Agent"] = "wrk", ["Accept"] = "*/*" }
    texts[n + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  at = at % 200 + 1
  return texts[at]
end

function done(summary, latency)
  io.write(string.format(
    "LDC {\"requests\":%d,\"us\":%d,\"bytes\":%d,\"p50us\":%d,\"p99us\":%d,\"bad\":%d}\n",
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout))
end
