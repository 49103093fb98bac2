-- Sixteen requests in one write.
function init(_)
  local requests = {}
  for i = 1, 16 do requests[i] = wrk.format() end
  all = table.concat(requests)
end

function request() return all end
