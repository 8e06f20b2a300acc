--- The variables that reach a tool, by its kind; and what of pip's variables uv is told in its own words.
--
-- Each tool gets only what it needs. uv reads none of pip's variables, and takes some settings as arguments alone.
local env = require "pysec.env"
local fs = require "pysec.fs"
local paths = require "lib.paths"

local variables = {}

local BASE = { "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_CACHE_HOME" }

local NETWORK = {
  "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
  "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
}

local PIP = {
  "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_FIND_LINKS",
  "PIP_NO_INDEX", "PIP_CACHE_DIR", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_PROXY", "PIP_NO_BINARY",
  "PIP_ONLY_BINARY", "PIP_PREFER_BINARY",
}

local UV = {
  "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_OFFLINE", "UV_SYSTEM_CERTS",
  "UV_INDEX_STRATEGY", "UV_INSECURE_HOST", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "SSL_CLIENT_CERT",
}

local function copy(into, list)
  for _, name in ipairs(list) do into[name] = env.get(name) end
  return into
end

local function words_of(text)
  local list = {}
  for word in (text or ""):gmatch "%S+" do list[#list + 1] = word end
  return list
end

--- pip's folders and pages of archives, for tools that run in another folder. `only_present`: without folders that are
-- not there, which pip passes over and uv takes for a mistake.
local function find_links(text, only_present)
  local list = {}
  for _, word in ipairs(words_of(text)) do
    local is_url = word:match "^%a[%w+.-]*://" or word:match "^file:"
    local link = is_url and word or paths.join(fs.cwd(), word)
    if is_url or not only_present or fs.stat(link) then list[#list + 1] = link end
  end
  return list
end

--- A whole number of at least 1 for uv, which takes no other.
local function whole(text)
  local number = tonumber(text)
  return number and tostring(math.max(1, math.floor(number))) or nil
end

--- What pip was told, in the variables of uv; its own are left in force.
local function tell_uv(vars)
  vars.UV_DEFAULT_INDEX = vars.UV_DEFAULT_INDEX or vars.PIP_INDEX_URL
  vars.UV_INDEX = vars.UV_INDEX or vars.PIP_EXTRA_INDEX_URL
  -- pip takes the best version of all indexes; uv left alone would take the first index that knows the name.
  vars.UV_INDEX_STRATEGY = vars.UV_INDEX_STRATEGY or "unsafe-best-match"
  local links = find_links(env.get "PIP_FIND_LINKS", true)
  vars.UV_FIND_LINKS = vars.UV_FIND_LINKS or #links > 0 and table.concat(links, ",") or nil
  vars.UV_INSECURE_HOST = vars.UV_INSECURE_HOST or vars.PIP_TRUSTED_HOST
  vars.UV_HTTP_TIMEOUT = vars.UV_HTTP_TIMEOUT or whole(vars.PIP_DEFAULT_TIMEOUT)
  vars.UV_HTTP_RETRIES = vars.UV_HTTP_RETRIES or vars.PIP_RETRIES
  vars.SSL_CLIENT_CERT = vars.SSL_CLIENT_CERT or vars.PIP_CLIENT_CERT
  vars.SSL_CERT_FILE = vars.PIP_CERT or vars.SSL_CERT_FILE or vars.REQUESTS_CA_BUNDLE or vars.CURL_CA_BUNDLE
  for _, name in ipairs { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" } do
    vars[name] = vars.PIP_PROXY or vars[name]
  end
end

--- The variables for a tool of a kind: "pip", "uv", "safety" or "plain".
function variables.of(kind)
  local vars = copy({}, BASE)
  vars.PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
  if kind == "plain" then return vars end
  copy(vars, NETWORK)
  if kind == "safety" then
    return copy(vars, { "SAFETY_API_KEY", "SAFETY_AUTH_SERVER_URL", "SAFETY_PLATFORM_URL" })
  end
  copy(vars, PIP)
  if vars.PIP_FIND_LINKS then vars.PIP_FIND_LINKS = table.concat(find_links(vars.PIP_FIND_LINKS), " ") end
  -- A pip.conf inside the audited environment is read even with --isolated.
  vars.PIP_CONFIG_FILE = env.get("PIP_CONFIG_FILE") or "/dev/null"
  vars.PIP_DISABLE_PIP_VERSION_CHECK = "1"
  vars.PIP_NO_INPUT = "1"
  if kind == "uv" then
    copy(vars, UV)
    tell_uv(vars)
    vars.UV_PYTHON_DOWNLOADS = "never"
    vars.UV_NO_CONFIG = "1"
  end
  return vars
end

-- As pip reads a switch.
local ON = { ["1"] = true, y = true, yes = true, t = true, ["true"] = true, on = true }

--- What pip was told, as arguments of `uv pip install` and `uv pip compile`, which have no variables for it.
function variables.uv_words()
  local words = {}
  if ON[(env.get "PIP_NO_INDEX" or ""):lower()] then words[#words + 1] = "--no-index" end
  for _, kind in ipairs { "no-binary", "only-binary" } do
    local text = env.get("PIP_" .. kind:upper():gsub("-", "_")) or ""
    for name in text:gmatch "[^,%s]+" do table.move({ "--" .. kind, name }, 1, 2, #words + 1, words) end
  end
  return words
end

return variables
