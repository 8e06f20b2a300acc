--- What has to hold after every run over a real environment, whatever was planned and however it ended.
local fs = require "pysec.fs"
local paths = require "lib.paths"
local t = require "harness"
local version = require "pysec.version"

local checks = {}

local function sorted(set)
  local list = {}
  for key in pairs(set) do list[#list + 1] = key end
  table.sort(list)
  return list
end

--- The keys of `a` that are not in `b`.
local function minus(a, b)
  local left = {}
  for key in pairs(a) do
    if not b[key] then left[key] = true end
  end
  return left
end

local function nothing(set, what)
  t.equal(table.concat(sorted(set), "\n"), "", what)
end

--- A set of "package id" of the findings of a report, by all their ids.
local function ids_of(findings)
  local set = {}
  for _, finding in ipairs(findings) do
    set[finding.package .. " " .. finding.id] = true
    for _, alias in ipairs(finding.aliases or {}) do set[finding.package .. " " .. alias] = true end
  end
  return set
end

local function is_version(a, b)
  if not a or not b then return a == b end
  return a == b or version.compare(a, b) == 0
end

--- The packages that came, went or have another version, as a set.
function checks.changed(run)
  local before, after, names = run.before.packages, run.after.packages, {}
  for _, side in ipairs { before, after } do
    for name in pairs(side) do
      local from, to = before[name], after[name]
      if not is_version(from and from.version, to and to.version) then names[name] = true end
    end
  end
  return names
end

function checks.is_not_worse(run)
  nothing(minus(run.after.complaints, run.before.complaints), "pip check has new complaints")
  nothing(minus(run.after.findings, run.before.findings), "there are new findings")
  nothing(minus(run.before.packages, run.after.packages), "packages are gone")
  for name, package in pairs(run.after.packages) do
    t.truthy(package.copies <= math.max(1, run.before.packages[name] and run.before.packages[name].copies or 1),
      name .. " is there twice")
  end
end

local function allow_file(allowed, path)
  allowed[path] = true
  local folder, name = path:match "^(.*)/([^/]+)%.py$"
  if folder then allowed[("%s/__pycache__/%s.cpython-311.pyc"):format(folder, name)] = true end
  repeat
    path = path:match "^(.*)/[^/]+$"
    if path then allowed[path], allowed[path .. "/__pycache__"] = true, true end
  until not path
end

--- The paths that an upgrade may touch: what the packages that changed list as their own, then and now.
local function own_files(run, names)
  local allowed = {}
  for name in pairs(names) do
    for _, side in ipairs { { run.original, run.before.packages[name] }, { run.path, run.after.packages[name] } } do
      for _, file in ipairs(side[2] and side[2].files or {}) do
        file = paths.clean(file)
        if file:sub(1, #side[1] + 1) == side[1] .. "/" then allow_file(allowed, file:sub(#side[1] + 2)) end
      end
    end
  end
  return allowed
end

--- A wheel may hold empty folders, which no list names.
local function is_new_folder(run, path)
  local stat = fs.stat(run.path .. "/" .. path, { follow = false })
  return stat and stat.kind == "folder" and not fs.stat(run.original .. "/" .. path, { follow = false })
end

--- What no upgrade is about is byte for byte as it was.
function checks.leaves_the_rest(run)
  local allowed, touched = own_files(run, checks.changed(run)), {}
  for _, path in ipairs(run.after.differences) do
    if not allowed[path] and not is_new_folder(run, path) then touched[path] = true end
  end
  nothing(touched, "files were touched that no upgraded package owns")
  for _, name in ipairs(run.after.beside) do
    t.truthy(name == "env" or name:find "^reports%-", name .. " was left behind")
  end
end

function checks.is_as_before(run)
  t.equal(table.concat(run.after.differences, "\n"), "", "the environment is not as it was")
end

local function check_upgrades(run)
  local changed, applied = checks.changed(run), {}
  for _, item in ipairs(run.record.upgrades) do
    local name, before, after = item.package, run.before.packages[item.package], run.after.packages[item.package]
    local label = ("%s %s -> %s, %s"):format(name, item.from or "(new)", item.to, item.state)
    t.truthy(is_version(item.from, before and before.version), label .. ": from")
    if item.state == "applied" then
      applied[name] = true
      t.truthy(is_version(item.to, after and after.version), label .. ": to")
    else
      t.truthy(not changed[name] or applied[name], label .. ": the package changed")
      t.truthy(run.mode == "none" or (item.reason or "") ~= "", label .. ": no reason is given")
    end
  end
  nothing(minus(changed, applied), "packages changed that the report does not name")
end

--- The report tells what is there.
function checks.reports_the_truth(run)
  local record = run.record
  t.truthy(record, "there is no report")
  check_upgrades(run)
  t.equal(sorted(ids_of(record.findings)), sorted(run.after.findings), "findings")
  t.equal(sorted(ids_of(record.fixed)), sorted(minus(run.before.findings, run.after.findings)), "fixed")
  local told, there = {}, {}
  for _, package in ipairs(record.packages) do told[package.name .. " " .. package.version] = true end
  for name, package in pairs(run.after.packages) do
    -- A project of one's own is no package that an advisory could be about.
    if not package["local"] then there[name .. " " .. package.version] = true end
  end
  t.equal(sorted(told), sorted(there), "packages")
end

local function is_incomplete(record)
  for _, item in ipairs(record.evidence) do
    if item.status == "incomplete" then return true end
  end
  return false
end

--- The exit code says what the report says: by the default policy each finding fails.
function checks.exit_fits(run)
  local record = run.record
  t.equal(record.exit, run.code, "the report's exit")
  if record.results.upgrade.status == "rolled_back" then
    t.equal(run.code, 4)
  elseif #record.findings > 0 then
    t.equal(run.code, 1)
  else
    t.equal(run.code, is_incomplete(record) and 3 or 0)
  end
  if run.code == 4 or run.mode == "none" then checks.is_as_before(run) end
end

--- The mode conservative fixes what it can: doing nothing would never be worse.
local function fixes_enough(run)
  if run.mode ~= "conservative" or not run.most_left then return end
  t.truthy(#run.record.findings <= run.most_left, ("%d findings are left, at most %d may be"):format(
    #run.record.findings, run.most_left))
end

--- All of them. What the program printed is in a failure. Returns the run.
function checks.all(run)
  local ok, problem = pcall(function()
    checks.is_not_worse(run)
    checks.leaves_the_rest(run)
    checks.reports_the_truth(run)
    checks.exit_fits(run)
    fixes_enough(run)
  end)
  if ok then return run end
  if type(problem) == "table" and problem.check then
    problem.check = ("%s\n%s"):format(problem.check, run.said)
  end
  error(problem, 0)
end

return checks
