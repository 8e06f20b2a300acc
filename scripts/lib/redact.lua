--- Takes secrets out of text before it is printed or written.
local re = require "pysec.re"

local redact = {}

-- Bounded on both sides: text from a tool may be one word of many megabytes.
local CREDENTIALS = assert(re.compile([==[([A-Za-z][A-Za-z0-9+.\-]{0,20}://)[^/\s'"]{1,500}@]==], "b"))

-- Variables whose values are secrets as a whole.
redact.variables = { "SAFETY_API_KEY", "UV_INDEX_PASSWORD", "PIP_PROXY_PASSWORD", "UV_PUBLISH_TOKEN" }

--- Returns a function that redacts: the values of `secrets` (a list), and what stands before "@" in URLs.
function redact.new(secrets)
  local plain = {}
  for _, secret in ipairs(secrets) do
    if #secret >= 4 then plain[#plain + 1] = secret:gsub("%p", "%%%0") end
  end
  -- A secret may be the start of another one.
  table.sort(plain, function(a, b) return #a > #b end)
  return function(text)
    for _, pattern in ipairs(plain) do text = text:gsub(pattern, "***") end
    return (CREDENTIALS:gsub(text, "$1***@"))
  end
end

return redact
