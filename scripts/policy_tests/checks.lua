--- What a test says: equal, truthy, raises.
--
-- The first check that fails is kept outside of the sandbox, then raised to end the test: a pcall around it changes
-- nothing about the test's fate.
local json = require "pysec.json"
local values = require "policy_tests.values"

local checks = {}

--- Makes the checks of a file. `fail(message, details)` keeps a failure of the test that runs and raises it;
-- `begin()` raises where no test runs.
function checks.globals(begin, fail)
  local globals = {}

  function globals.equal(got, want, label)
    begin()
    local difference = values.difference(got, want)
    if not difference then return end
    local name = type(label) == "string" and label or nil
    if difference ~= "" then name = ("%s%s differs"):format(name and name .. ": " or "", difference) end
    fail(name, { got = values.show(got), want = values.show(want) })
  end

  function globals.truthy(value, label)
    begin()
    if value and value ~= json.null then return end
    fail(type(label) == "string" and label or nil, { got = values.show(value), want = "a value that is true" })
  end

  --- The message that a function raises; with `text`, one that holds it.
  function globals.raises(body, text)
    begin()
    if type(body) ~= "function" then fail("raises takes a function: raises(function() ... end)", {}) end
    local ok, message = pcall(body)
    if message == "interrupted" then error(message, 0) end
    if ok then fail("nothing was raised", {}) end
    if type(text) == "string" and not tostring(message):find(text, 1, true) then
      fail("raised something else", { got = values.show(message), want = "a message with " .. values.show(text) })
    end
    return message
  end

  return globals
end

return checks
