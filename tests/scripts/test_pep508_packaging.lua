--- lib.pep508 against the Python library `packaging`, on requirements and markers drawn at random. The draw is
-- the same in every run.
local oracle = require "oracle"
local t = require "harness"
local json = require "pysec.json"
local pep508 = require "lib.pep508"

local CASES = 2000

-- --- the draw ---

local state = 20240508

local function below(limit)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % limit + 1
end

local function chance(percent) return below(100) <= percent end

local function pick(list) return list[below(#list)] end

local function space() return pick { "", " ", " ", " ", "  ", "\t" } end

local VERSION_VARIABLES = { "python_version", "python_full_version", "implementation_version", "platform_release" }

local TEXT_VARIABLES = {
  "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_system",
  "platform_version", "implementation_name", "extra", "extra", "os.name", "sys.platform", "platform.version",
  "platform.machine", "platform.python_implementation", "python_implementation",
}

local VERSIONS = {
  "3.8", "3.11", "3.11.4", "3.12", "3.11.*", "3.*", "3", "4.0", "3.11.4rc1", "2.7", "6.1.0", "7.3.12", "10",
  "3.10 3.11", " 3.11 ", "no version", "3.11+local",
}

local TEXTS = {
  "#1 SMP", "posix", "nt", "linux", "linux2", "win32", "x86_64", "arm64", "CPython", "cpython", "PyPy", "Linux",
  "Windows", "", "Test_Extra", "test-extra", "tests", "3.8,3.11", "3.8, <4", "3.11",
}

local SETS = { "extras", "dependency_groups" }
local MEMBERS = { "test-extra", "Test_Extra", "docs", "cli.tools", "none", "" }

local TEXT_OPERATORS = { "==", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "not \t in" }
local VERSION_OPERATORS = { "==", "!=", "<", "<=", ">", ">=", ">=", "~=", "===", "in", "not in" }

local function quoted(text)
  local quote = pick { "'", '"' }
  return quote .. text .. quote
end

--- What a marker of a lock file asks of a set. packaging also compares a set with "==", and finds it unequal; that
-- asks nothing, and is not drawn.
local function membership()
  local question = quoted(pick(MEMBERS)) .. pick { " in ", " not in ", "  not\tin " } .. pick(SETS)
  if chance(5) then question = pick(SETS) .. pick { " in ", " == ", " not in " } .. quoted(pick(MEMBERS)) end
  return question
end

local function atom()
  if chance(12) then return membership() end
  local is_version = chance(60)
  local variable = pick(is_version and VERSION_VARIABLES or TEXT_VARIABLES)
  local text = quoted(pick(is_version and VERSIONS or TEXTS))
  local operator = pick(is_version and VERSION_OPERATORS or TEXT_OPERATORS)
  if chance(3) then operator = pick { "~=", "=>", "is" } end
  if chance(3) then text = quoted(pick(TEXTS)):gsub(",", " ") end
  if chance(2) then variable = pick { "python", "platform", "'3.8'", "os_names", "extra_", "python.version" } end
  if chance(20) and operator ~= "~=" then variable, text = text, variable end
  local gap = operator:find "%a" and " " or space()
  return variable .. gap .. operator .. (operator:find "%a" and " " or space()) .. text
end

local function marker(depth)
  local parts = {}
  for i = 1, pick { 1, 1, 1, 2, 2, 3 } do
    local part = depth > 0 and chance(25) and "(" .. space() .. marker(depth - 1) .. space() .. ")" or atom()
    parts[#parts + 1] = (i > 1 and pick { " and ", " or ", "\tand " } or "") .. part
  end
  return table.concat(parts)
end

local JUNK = "()'\"<>=!~andorin_ 3.;"

local function spoiled(text)
  local at, other = below(#text + 1), below(#JUNK)
  local junk = chance(60) and JUNK:sub(other, other) or ""
  return text:sub(1, at - 1) .. junk .. text:sub(chance(50) and at or at + 1)
end

local ENVIRONMENTS = {
  pep508.environment "3.11.4", pep508.environment "3.8.0", pep508.environment "3.12.0rc1",
  pep508.environment "2.7.18",
  { os_name = "nt", sys_platform = "win32", platform_system = "Windows", platform_machine = "AMD64",
    platform_python_implementation = "PyPy", implementation_name = "pypy", platform_release = "10",
    platform_version = "10.0.19045", python_version = "3.9", python_full_version = "3.9.17",
    implementation_version = "7.3.12", extra = "test-extra" },
  { os_name = "posix", sys_platform = "linux", platform_system = "Linux", platform_machine = "arm64",
    platform_python_implementation = "CPython", implementation_name = "cpython", platform_release = "6.1.0-13-arm64",
    platform_version = "#1 SMP", python_version = "3.11", python_full_version = "3.11.4",
    implementation_version = "3.11.4", extra = "Test_Extra" },
}

-- Environments in which a lock file is read have sets, which are lists in the JSON that packaging is asked with. From
-- the environment that is asked to the one that pep508 gets.
local with_sets = {}

local function add_lock_environment(members, groups)
  local here, asked = pep508.environment "3.11.4", pep508.environment "3.11.4"
  here.extras, here.dependency_groups = {}, {}
  for _, name in ipairs(members) do here.extras[name] = true end
  for _, name in ipairs(groups) do here.dependency_groups[name] = true end
  asked.extras, asked.dependency_groups = json.array(members), json.array(groups)
  ENVIRONMENTS[#ENVIRONMENTS + 1] = asked
  with_sets[asked] = here
end

add_lock_environment({ "test-extra", "docs" }, { "cli-tools" })
add_lock_environment({}, { "docs", "test-extra" })

local function specifier()
  local clauses = {}
  for i = 1, pick { 0, 1, 1, 1, 2, 3 } do
    clauses[i] = pick { "==", ">=", "<=", "!=", "~=", "<", ">", "===", "=" } .. space()
      .. pick { "1.0", "2.10.1", "1.*", "1", "0.9rc1", "1!2.0", "1.0+local", "x" }
    if clauses[i]:find "===" then break end -- takes a comma for a part of its text
  end
  local text = table.concat(clauses, space() .. "," .. space())
  if chance(4) and not text:find "===" then text = text .. "," end
  return chance(15) and "(" .. space() .. text .. space() .. ")" or text
end

local function extras()
  return pick { "", "", "", "[]", "[ ]", "[a]", "[a,b]", "[ A_b , c.d ]", "[a,]", "[,a]", "[a,,b]", "[a b]", "[a-]",
    "[-a]", "[a", "a]", "[a]]" }
end

local function requirement()
  local name = pick { "jinja2", "Jinja2", "ruamel.yaml", "zope_interface", "a", "A-.b", "-x", ".x", "x-", "3to2", "é" }
  local tail = chance(20) and "@" .. space() .. pick { "https://a.example/x.whl",
    "git+ssh://a.example/x@v1", "file:///x", "https://a.example/x;y" } or specifier()
  local condition = chance(35) and pick { ";", " ;", " ; ", "; " } .. marker(1) or ""
  return space() .. name .. space() .. extras() .. space() .. tail .. condition .. space()
end

local questions = { requirements = {}, markers = {} }
for i = 1, CASES do
  questions.requirements[i] = chance(15) and spoiled(requirement()) or requirement()
  local text = marker(2)
  questions.markers[i] = { chance(10) and spoiled(text) or text, pick(ENVIRONMENTS) }
end

-- --- the comparison ---

local answers

t.test("asks the library packaging, 26 or newer", function()
  answers = oracle.ask("tests/scripts/marker_oracle.py", questions)
end)

local function distinct(list)
  local seen, all = {}, json.array()
  for _, item in ipairs(list) do
    if not seen[item] then all[#all + 1] = item end
    seen[item] = true
  end
  table.sort(all)
  return all
end

local function count_clauses(text)
  local count = 0
  for clause in text:gmatch "[^,]+" do
    if clause:find "%S" then count = count + 1 end
  end
  return count
end

t.test("reads the same requirements, and the same in them", function()
  oracle.compare(questions.requirements, answers.requirements, function(text)
    local parsed = pep508.parse(text)
    return parsed ~= nil and { name = parsed.name, extras = distinct(parsed.extras), url = parsed.url or "",
      clauses = count_clauses(parsed.specifier), marker = parsed.marker ~= nil }
  end)
end)

t.test("evaluates markers alike in several environments", function()
  oracle.compare(questions.markers, answers.markers, function(question)
    local holds = pep508.marker_holds(question[1], with_sets[question[2]] or question[2])
    if holds == nil then return "invalid" end
    return tostring(holds)
  end)
end)

t.test("refuses a marker in every environment or in none", function()
  local differences = {}
  for i, question in ipairs(questions.markers) do
    local sound = pep508.check_marker(question[1]) == true
    if not with_sets[question[2]] and sound ~= (answers.markers[i] ~= "invalid") then
      differences[#differences + 1] = question[1]
    end
  end
  t.equal(differences, {})
end)

t.test("drew cases of every kind", function()
  local seen = {}
  local function count(kind) seen[kind] = (seen[kind] or 0) + 1 end
  for _, answer in ipairs(answers.markers) do count("marker " .. answer) end
  for _, answer in ipairs(answers.requirements) do
    count("requirement " .. tostring(answer ~= false))
    if answer then
      count("requirement with marker " .. tostring(answer.marker))
      count("requirement with a URL " .. tostring(answer.url ~= ""))
    end
  end
  for _, kind in ipairs { "marker true", "marker false", "marker invalid", "requirement true", "requirement false",
    "requirement with marker true", "requirement with marker false", "requirement with a URL true" } do
    t.truthy((seen[kind] or 0) >= 60, ("%s: %d times"):format(kind, seen[kind] or 0))
  end
end)

return t.finish()
