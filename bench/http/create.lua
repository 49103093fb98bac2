-- A new tag with each request: labels are unique, so each begins with what this run is told.
local headers, prefix
local count = 0

function init(args)
  prefix = args[1]
  headers = {
    ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN"),
    ["Content-Type"] = "application/json",
  }
end

function request()
  count = count + 1
  local body = string.format('{"label":"%s %d %s"}', prefix, count, string.rep("x", 150))
  return wrk.format("POST", nil, headers, body)
end
