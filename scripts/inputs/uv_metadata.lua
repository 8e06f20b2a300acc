--- Tells uv the metadata of what is installed.
--
-- Of a version without a wheel uv learns what it needs by building it, and an old one may no longer build at all. What
-- is installed brought its metadata along: so no version that is present is ever built. What uv could not read leaves
-- its package out: one entry that it cannot read would end the whole question.
local pep508 = require "lib.pep508"
local version = require "pysec.version"

local uv_metadata = {}

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(character) return ("\\u%04x"):format(character:byte()) end) .. '"'
end
uv_metadata.quote = quote

--- A requirement as PEP 508 writes it today: metadata may have ">=1" in parentheses. nil for what is none.
local function requirement(text)
  local line = pep508.parse(text)
  if not line or line.url then return nil end
  local extras = #line.extras > 0 and ("[%s]"):format(table.concat(line.extras, ",")) or ""
  return line.name .. extras .. line.specifier .. (line.marker and " ; " .. line.marker or "")
end

--- The entry of one package; nil where something of it is not as the standards want it. One that came from elsewhere
-- than the index may be another package than the index has by that name.
local function entry(package)
  local normal = version.normalize(package.version)
  if package.origin or not normal or not package.name:find "^%w[%w-]*$" then return nil end
  local needs = {}
  for i, text in ipairs(package.requires or {}) do
    local line = requirement(text)
    if not line then return nil end
    needs[i] = quote(line)
  end
  return ("[[dependency-metadata]]\nname = %s\nversion = %s\nrequires-dist = [%s]\n"):format(quote(package.name),
    quote(normal), table.concat(needs, ", "))
end

--- Settings for uv: the metadata of installed packages, { { name, version, requires, origin } }.
function uv_metadata.settings(packages)
  local entries = {}
  for _, package in ipairs(packages) do entries[#entries + 1] = entry(package) end
  return table.concat(entries)
end

return uv_metadata
