--- The pages that package indexes have about packages, in the JSON form of the simple API
-- (https://packaging.python.org/en/latest/specifications/simple-repository-api/).
--
-- The Python of the tools asks, and by its standard library alone: what it wants to read has to be named in the request
-- (Accept), one package that an index does not know must not end the others, and pip's settings count: addresses with
-- a password, certificates, trusted hosts, proxies. It passes on what is needed and nothing of what else a page holds.
local json = require "pysec.json"
local outcome = require "lib.outcome"
local solver = require "solver"
local toolbox = require "toolbox"

local index_pages = {}

local DEFAULT = "https://pypi.org/simple"

--- What a page may take (`wait`: seconds without a byte), and how many are asked for at once.
index_pages.limits = { bytes = 32 * 1024 * 1024, seconds = 60, wait = 20, workers = 8 }

local MOST_SAID = 256 * 1024 * 1024 -- bytes

--- Reads { names, indexes, limits, certificates, ... } from stdin and prints { pages = { name = { page, ... } } }, a
-- page for each index: { files = { { name, time, yanked }, ... } }, or {} where it knows nothing of the package, or
-- nothing that can be read; or { unreachable = true }.
local FETCH = [==[
import base64, concurrent.futures, json, os, ssl, sys, threading, time, urllib.error, urllib.parse, urllib.request
asked = json.load(sys.stdin)
limits, one_at_a_time = asked["limits"], threading.Lock()

class Unreachable(Exception):
    pass

class Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, fp, code, message, headers, url):
        old, new = urllib.parse.urlsplit(request.full_url), urllib.parse.urlsplit(url)
        if new.scheme not in ("https", old.scheme):
            raise urllib.error.HTTPError(url, code, "redirected away from https", headers, fp)
        made = super().redirect_request(request, fp, code, message, headers, url)
        if made and (old.scheme, old.netloc) != (new.scheme, new.netloc):
            made.remove_header("Authorization")
        return made

def context_for(host):
    if host in asked["trusted"]:
        context = ssl._create_unverified_context()
    else:
        given = asked.get("certificates")
        folder = given and os.path.isdir(given)
        context = ssl.create_default_context(**({"capath" if folder else "cafile": given} if given else {}))
    if asked.get("client_certificate"):
        context.load_cert_chain(asked["client_certificate"])
    return context

def opener_for(index):
    proxy = asked.get("proxy")
    proxies = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
    host = urllib.parse.urlsplit(index).netloc.rpartition("@")[2]
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return urllib.request.build_opener(proxies, Redirects,
        urllib.request.HTTPSHandler(context=context_for(host if host in asked["trusted"] else name)))

def request_for(index, name):
    parts = urllib.parse.urlsplit(index)
    who, _, host = parts.netloc.rpartition("@")
    url = urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/") + "/" + name + "/", parts.query, ""))
    request = urllib.request.Request(url, headers={"User-Agent": asked["agent"],
        "Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.1"})
    if who:
        token = base64.b64encode(urllib.parse.unquote(who).encode()).decode()
        request.add_header("Authorization", "Basic " + token)
    return request

def body_of(answer):
    end, parts, size = time.monotonic() + limits["seconds"], [], 0
    while True:
        part = answer.read1(65536)
        if not part:
            break
        size += len(part)
        if size > limits["bytes"] or time.monotonic() > end:
            return None
        parts.append(part)
    return b"".join(parts)

def files_of(body):
    files = []
    for item in json.loads(body)["files"]:
        name, at, yanked = item["filename"], item.get("upload-time"), item.get("yanked")
        if isinstance(name, str):
            files.append([name, at if isinstance(at, str) else None, yanked is True or isinstance(yanked, str)
                and yanked != ""])
    return files

def ask(index, name):
    try:
        with openers[index].open(request_for(index, name), timeout=limits["wait"]) as answer:
            kind = answer.headers.get_content_type()
            body = body_of(answer) if kind == "application/vnd.pypi.simple.v1+json" else None
        with one_at_a_time:
            return {} if body is None else {"files": files_of(body)}
    except urllib.error.HTTPError:
        return {}
    except (urllib.error.URLError, ConnectionError):
        raise Unreachable()
    except Exception:
        return {}

def ask_again(index, name):
    try:
        return ask(index, name)
    except Unreachable:
        return ask(index, name)

try:
    openers = {index: opener_for(index) for index in asked["indexes"]}
    pages, pool = {}, concurrent.futures.ThreadPoolExecutor(limits["workers"])
    jobs = [(name, pool.submit(ask_again, index, name)) for name in asked["names"] for index in asked["indexes"]]
    for name, one in jobs:
        pages.setdefault(name, []).append(one.result())
    json.dump({"pages": pages}, sys.stdout)
except Unreachable:
    json.dump({"unreachable": True}, sys.stdout)
    sys.stdout.flush()
    os._exit(0)
]==]

local function words_of(text)
  local list = {}
  for word in (text or ""):gmatch "%S+" do list[#list + 1] = word end
  return list
end

--- The addresses of the indexes that the solver asks, as it reads the variables; a name before "=" is left out.
function index_pages.indexes(vars)
  local list, seen = {}, {}
  local default = vars.UV_DEFAULT_INDEX ~= "" and vars.UV_DEFAULT_INDEX or DEFAULT
  for _, word in ipairs(words_of(default .. " " .. (vars.UV_INDEX or ""))) do
    local url = word:match "^[%w._-]+=(%a[%w+.-]*://.*)$" or word
    if url:find "^https?://" and not seen[url] then list[#list + 1], seen[url] = url, true end
  end
  return list
end

local function first_of(vars, ...)
  for _, name in ipairs { ... } do
    if vars[name] and vars[name] ~= "" then return vars[name] end
  end
end

local function spec_for(job, list, vars)
  local spec = { job.tools:python(), "-I", "-c", FETCH }
  spec.env, spec.cwd, spec.timeout, spec.max_output = vars, job.scratch, job.timeout, MOST_SAID
  spec.stdin = json.encode { names = json.array(list), indexes = json.array(index_pages.indexes(vars)),
    limits = index_pages.limits, agent = "pysec", proxy = first_of(vars, "PIP_PROXY"),
    certificates = first_of(vars, "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    client_certificate = first_of(vars, "PIP_CLIENT_CERT"), trusted = json.array(words_of(vars.PIP_TRUSTED_HOST)) }
  return spec
end

--- The pages about packages: { name = { { files = { { name, time or null, is_yanked }, ... } }, ... } }, a page
-- of each index. That of one that tells nothing that can be read has no files. Raises { incomplete }, and sets
-- job.offline, where an index cannot be reached.
function index_pages.fetch(job, list)
  local vars = toolbox.environment("uv")
  if #list == 0 or vars.UV_OFFLINE == "1" or vars.UV_OFFLINE == "true" then return {} end
  local result, message = job:run(spec_for(job, list, vars))
  local wrong = message or outcome.problem("python", result, { 0 })
  local said = not wrong and json.decode(result.stdout)
  if type(said) ~= "table" then
    job:note(("the package index was not asked for the days of releases: %s"):format(wrong or "no answer"))
    return {}
  end
  if said.unreachable then solver.stop_offline(job) end
  return said.pages
end

return index_pages
