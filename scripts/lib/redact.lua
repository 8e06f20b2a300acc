--- Takes secrets out of text before it is printed or written.
local re = require "pysec.re"

local redact = {}

-- Bounded on both sides: text from a tool may be one word of many megabytes.
local CREDENTIALS = assert(re.compile([==[([A-Za-z][A-Za-z0-9+.\-]{0,20}://)[^/\s'"]{1,500}@]==], "b"))

-- Variables whose values are secrets as a whole.
redact.variables = { "SAFETY_API_KEY", "UV_INDEX_PASSWORD", "PIP_PROXY_PASSWORD", "UV_PUBLISH_TOKEN" }

-- A word of a path that is shorter may be a folder's name, which is elsewhere, too.
local SHORTEST_TOKEN = 16

--- What an address of an OSV service may keep from others: the token that its path begins with, as `pysec advisories
--- serve` has it, and what follows "?". A list for redact.new.
function redact.address(url)
  local path, query = url:match "^%a+://[^/?#]*([^?#]*)%??([^#]*)"
  if not path then return {} end
  local prefix, secrets = (path .. "/"):match "^(/.+)/v1/" or path, {}
  for segment in prefix:gmatch "[^/]+" do
    if #segment >= SHORTEST_TOKEN then secrets[#secrets + 1] = segment end
  end
  if prefix ~= path then secrets[#secrets + 1] = prefix .. "/v1" end
  if query ~= "" then secrets[#secrets + 1] = "?" .. query end
  return secrets
end

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
