--- When releases came out: from names of files, from pages of the real index, and from an index that goes wrong.
local t = require "harness"
local clock = require "pysec.clock"
local fs = require "pysec.fs"
local index_pages = require "plan.index_pages"
local index_server = require "index_server"
local releases = require "plan.releases"
local support = require "support"
local tool = require "pysec.tool"
local toolbox = require "toolbox"

-- --- names of files ---

t.test("the version is read from the names of wheels and source archives", function()
  for file, want in pairs {
    ["idna-3.7-py3-none-any.whl"] = "3.7", ["numpy-2.4.0-cp311-cp311-manylinux_2_27_x86_64.whl"] = "2.4.0",
    ["idna-3.7-1-py3-none-any.whl"] = "3.7", ["Zope.Interface-5.0.0-py3-none-any.whl"] = "5.0.0",
    ["torch-2.0.1+cu118-cp311-cp311-linux_x86_64.whl"] = "2.0.1+cu118", ["idna-3.7rc1-py3-none-any.whl"] = "3.7rc1",
    ["idna-1.0-py2.py3-none-any.whl"] = "1.0", ["idna-1!2.0-py3-none-any.whl"] = "1!2.0",
    ["idna-3.7.tar.gz"] = "3.7", ["idna-3.7.zip"] = "3.7", ["idna-3.7.tar.bz2"] = "3.7", ["idna-3.7.tgz"] = "3.7",
    ["idna-1.0-1.tar.gz"] = "1.0.post1", ["idna-1.0.0-beta.tar.gz"] = "1.0.0b0", ["IDNA-v2.tar.gz"] = "2",
    ["zope.interface-5.0.tar.gz"] = "5.0", ["zope_interface-5.0.tar.gz"] = "5.0", ["zope-interface-5.0.zip"] = "5.0",
    ["zope-interface-5.0-py3-none-any.whl"] = "5.0",
  } do
    local lower = file:lower()
    local package = lower:match "^numpy" or lower:match "^torch" or lower:match "^idna" or "zope-interface"
    t.equal(releases.version_of(file, package), want, file)
  end
end)

t.test("other files, and those of other packages, are passed by", function()
  for _, file in ipairs { "idna-3.7.exe", "idna-3.7-py2.7.egg", "idna-3.7-1.noarch.rpm", "idna-3.7.win32.zip",
    "idna-1.0.linux-x86_64.tar.gz", "idna.tar.gz", "idna-.tar.gz", "-1.0.tar.gz", "idna2-1.0.tar.gz", "idna-x.tar.gz",
    "other-3.7-py3-none-any.whl", "idna-3.7.whl", "idna-3.7-none-any.whl", "idna-3.7.tar.gz.asc", "", ".whl",
    "idna-3.7-py3-none-any.whl.metadata", "idna-ssl-1.1.tar.gz" } do
    t.equal(releases.version_of(file, "idna"), nil, file)
  end
end)

-- --- pages ---

local function page(...) return { files = { ... } } end

t.test("a release came out with its first file, and is withdrawn with its last", function()
  local told = releases.read("a", { page({ "a-1.0.tar.gz", "2026-05-03T23:59:59.9Z", false },
    { "a-1.0-py3-none-any.whl", "2026-05-02T00:00:00Z", true }, { "a-1-py2-none-any.whl", nil, true },
    { "a-2.tar.gz", "2026-06-01T10:00:00Z", true }, { "a-2-py3-none-any.whl", "2026-06-01T10:00:00+00:00", true },
    { "a-2.exe", "2020-01-01T10:00:00Z", false }) })
  t.equal(told["2"], { released = "2026-06-01", yanked = true })
  t.equal({ told["1.0"], told["1"] }, { { released = "2026-05-02" }, { yanked = true } })
end)

t.test("a time that is none, or not in UTC, is no day", function()
  for _, time in ipairs { "2026-02-30T00:00:00Z", "2026-05-03", "2026-05-03T00:00:00+02:00", "", "0", "yesterday" } do
    t.equal(releases.read("a", { page { "a-1.tar.gz", time, false } }), { ["1"] = {} }, time)
  end
end)

t.test("of several indexes the one that had it last tells the day, and all have to withdraw it", function()
  local told = releases.read("a", { page { "a-1.tar.gz", "2026-01-01T00:00:00Z", true }, {},
    page { "a-1.tar.gz", "2026-05-01T00:00:00Z", false } })
  t.equal(told, { ["1"] = { released = "2026-05-01" } })
end)

t.test("the indexes are those that the solver asks", function()
  t.equal(index_pages.indexes {}, { "https://pypi.org/simple" })
  t.equal(index_pages.indexes { UV_DEFAULT_INDEX = "own=https://a.example/simple/",
    UV_INDEX = "https://b.example/x  c=http://c.example/ https://b.example/x file:///tmp" },
    { "https://a.example/simple/", "https://b.example/x", "http://c.example/" })
end)

-- --- asking ---

--- A job as far as asking needs one.
local function new_job()
  local job = { tools = toolbox.open(support.tools), timeout = 60, scratch = t.tempdir(), notes = {} }
  function job.run(_, spec) return tool.run(spec) end
  function job.note(_, text) table.insert(job.notes, text) end
  return job
end

--- Runs a body with variables that the tools get besides their own.
local function with_variables(variables, body)
  local kept, limits = toolbox.environment, {}
  for name, value in pairs(index_pages.limits) do limits[name] = value end
  toolbox.environment = function(kind)
    local vars = kept(kind)
    for name, value in pairs(variables) do vars[name] = value or nil end
    return vars
  end
  local ok, problem = pcall(body)
  toolbox.environment = kept
  for name, value in pairs(limits) do index_pages.limits[name] = value end
  if not ok then error(problem, 0) end
end

t.test("the real index tells days that everybody can look up", function()
  local job = new_job()
  local known = releases.fetch(job, { "idna", "zope-interface", "numpy", "no-such-package-of-anybody" })
  t.equal({ known.idna["2.7"], known.idna["3.7"] }, { { released = "2018-06-11" }, { released = "2024-04-11" } })
  t.equal(known["zope-interface"]["5.0.0"], { released = "2020-03-19" })
  t.equal(known.numpy["2.4.0"].yanked, true)
  t.equal(known["no-such-package-of-anybody"], {})
  local upgrades = { { package = "idna", to = "2.7" }, { package = "idna", to = "99" },
    { package = "numpy", to = "2.4.1" } }
  releases.add(job, upgrades)
  t.equal({ upgrades[1].released, upgrades[1].yanked, upgrades[2].released, upgrades[3].yanked },
    { "2018-06-11", nil, nil, nil })
end)

--- What an index tells by each of these rules, { package = rule }, beside a page that is fine.
local function told_of(pages, limits)
  local index <close> = index_server.start()
  local list, job, known = { "fine" }, new_job(), nil
  for package, rule in pairs(pages) do
    index:page(package, rule)
    list[#list + 1] = package
  end
  index:page("fine", { files = { { "fine-1.tar.gz", "2026-05-01T00:00:00Z" } } })
  with_variables({ UV_DEFAULT_INDEX = index.url, UV_INDEX = false }, function()
    for name, value in pairs(limits or {}) do index_pages.limits[name] = value end
    known = releases.fetch(job, list)
  end)
  t.equal(known.fine, { ["1"] = { released = "2026-05-01" } }, "the page that is fine")
  t.equal(job.notes, {})
  return known
end

local FILE = '{"files": [{"filename": "%s-1.tar.gz", "upload-time": "2026-05-01T00:00:00Z"%s}]}'

t.test("what an index tells, and what of it counts", function()
  local known = told_of { plain = { body = FILE:format("plain", "") },
    no = { body = FILE:format("no", ', "yanked": null') }, why = { body = FILE:format("why", ', "yanked": "broken"') },
    undated = { body = '{"files": [{"filename": "undated-1.zip"}]}' },
    number = { body = '{"files": [{"filename": "number-1.zip", "upload-time": 7}]}' } }
  local day = { released = "2026-05-01" }
  t.equal({ known.plain, known.no, known.undated, known.number }, { { ["1"] = day }, { ["1"] = day }, { ["1"] = {} },
    { ["1"] = {} } })
  t.equal(known.why, { ["1"] = { released = "2026-05-01", yanked = true } })
end)

t.test("what cannot be read tells nothing, and the other packages do not suffer", function()
  local pages = { html = { type = "text/html", body = '<a href="html-1.zip">html-1.zip</a>' },
    missing = { status = 404 }, gone = { status = 410 }, forbidden = { status = 403 }, broken = { status = 503 },
    garbage = { body = "\1\2{" }, empty = { body = "" }, list = { body = "[]" }, null = { body = "null" },
    files = { body = '{"files": 7}' }, file = { body = '{"files": [7]}' }, nameless = { body = '{"files": [{}]}' },
    deep = { body = "[", ["repeat"] = 100000 }, cut = { body = FILE:format("cut", ""):sub(1, 60) },
    loop = { status = 302, location = "/simple/loop/" }, away = { status = 302, location = "ftp://127.0.0.1/a" } }
  local known = told_of(pages)
  for package in pairs(pages) do t.equal(known[package], {}, package) end
end)

t.test("a page that is huge or slow is given up, in bounded time", function()
  local start, body = clock.monotonic(), FILE:format("a", "")
  t.equal(told_of({ a = { body = body .. (" "):rep(1000) } }, { bytes = 500 }).a, {}, "huge")
  t.equal(told_of({ a = { body = " ", ["repeat"] = 40 * 1024 * 1024 } }).a, {}, "above the usual bound")
  t.equal(told_of({ a = { body = body, drip = 0.1 } }, { seconds = 1 }).a, {}, "slow")
  t.truthy(clock.monotonic() - start < 40)
end)

t.test("the password of an address goes to its index and nowhere else", function()
  local index <close> = index_server.start()
  local other <close> = index_server.start()
  local page_of = { files = { { "a-1.tar.gz", "2026-05-01T00:00:00Z" } } }
  other:page("a", page_of)
  index:page("a", { status = 302, location = other.url .. "/a/" })
  index:page("b", page_of)
  local job = new_job()
  with_variables({ UV_DEFAULT_INDEX = index.url:gsub("//", "//me:s%%40cret@"), UV_INDEX = false }, function()
    t.equal(releases.fetch(job, { "a", "b" }).a, { ["1"] = { released = "2026-05-01" } })
  end)
  for _, line in ipairs(index:log()) do
    t.equal(line, line:match "^/simple/%l/"
      .. " application/vnd.pypi.simple.v1+json, text/html;q=0.1 Basic bWU6c0BjcmV0")
  end
  local redirected = other:log()
  t.equal(#redirected, 1)
  t.match(redirected[1], " None$")
end)

t.test("each package is asked about once, on every index", function()
  local index <close> = index_server.start()
  local other <close> = index_server.start()
  index:page("a", { files = { { "a-1.tar.gz", "2026-05-01T00:00:00Z" }, { "a-2rc1.tar.gz", "2026-05-01T00:00:00Z" } } })
  other:page("a", { files = { { "a-3.tar.gz", "2026-05-07T00:00:00Z" } } })
  local job = new_job()
  with_variables({ UV_DEFAULT_INDEX = index.url, UV_INDEX = "own=" .. other.url }, function()
    for _ = 1, 3 do releases.fetch(job, { "a", "nothing", "a" }) end
    local versions = releases.versions(job, "a")
    table.sort(versions)
    t.equal(versions, { "1", "3" })
  end)
  t.equal({ #index:log(), #other:log() }, { 2, 2 })
end)

t.test("an index that cannot be reached ends the planning, as it does for the solver", function()
  for _, variables in ipairs { { UV_DEFAULT_INDEX = "http://127.0.0.1:9/simple" },
    { UV_INDEX = "https://no-such-host.invalid/simple", UV_DEFAULT_INDEX = "http://127.0.0.1:9/simple" } } do
    local job = new_job()
    with_variables(variables, function()
      local ok, problem = pcall(releases.fetch, job, { "a", "b" })
      t.equal({ ok, problem.incomplete, job.offline }, { false, "the package index could not be reached", true })
    end)
  end
end)

t.test("nothing is asked where uv may not, and a Python that is missing is told of", function()
  local job = new_job()
  with_variables({ UV_OFFLINE = "1", UV_DEFAULT_INDEX = "http://127.0.0.1:9/simple" }, function()
    t.equal(releases.fetch(job, { "a" }), { a = {} })
  end)
  job = new_job()
  job.tools = toolbox.open(t.tempdir() .. "/none")
  t.equal(releases.fetch(job, { "a" }).a, {})
  t.match(job.notes[1], "^the package index was not asked for the days of releases: ")
end)

t.test("certificates count: those that are named, and none where a host is trusted", function()
  local server <close> = require "https_server".start()
  assert(fs.mkdirs(server.folder .. "/www/simple/a"))
  local job
  local function ask(variables)
    job = new_job()
    variables.UV_DEFAULT_INDEX, variables.UV_INDEX = server.https .. "/simple", false
    with_variables(variables, function() releases.fetch(job, { "a" }) end)
    return job.offline or false
  end
  local none = { PIP_CERT = false, SSL_CERT_FILE = false, REQUESTS_CA_BUNDLE = false, CURL_CA_BUNDLE = false,
    SSL_CERT_DIR = false, NO_PROXY = "localhost", no_proxy = "localhost" }
  local function with(name, value)
    local variables = { [name] = value }
    for key, item in pairs(none) do if variables[key] == nil then variables[key] = item end end
    return variables
  end
  for _, name in ipairs { "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE" } do
    t.equal(ask(with(name, server.ca)), false, name)
  end
  t.equal(ask(with("PIP_TRUSTED_HOST", "localhost")), false)
  for _, variables in ipairs { with("PIP_CERT", server.stranger), with("PIP_TRUSTED_HOST", "other.example") } do
    t.raises(function() ask(variables) end, "the package index could not be reached")
  end
end)

return t.finish()
