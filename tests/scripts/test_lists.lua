--- Lists and sets, and values that others wrote.
local json = require "pysec.json"
local lists = require "lib.lists"
local t = require "harness"
local values = require "lib.values"

t.test("append adds at the end, and nothing for nil", function()
  local list = { 1 }
  lists.append(list, { 2, 3 })
  lists.append(list, {})
  lists.append(list, nil)
  t.equal(list, { 1, 2, 3 })
end)

t.test("set has the items as keys, has finds one of them", function()
  t.equal(lists.set { "a", "b", "a" }, { a = true, b = true })
  t.equal({ lists.has({ "a", "b" }, "b"), lists.has({ "a" }, "b"), lists.has({}, "b") }, { true, false, false })
end)

t.test("a field of whatever it is, nil where there is none or null", function()
  t.equal(values.field({ a = false }, "a"), false)
  t.equal(values.field({ a = json.null }, "a"), nil)
  for _, value in ipairs { "text", 1, true, json.null } do t.equal(values.field(value, "len"), nil) end
  t.equal(values.field(nil, "a"), nil)
end)

t.test("a text is a string, also an empty one", function()
  t.equal({ values.text "", values.text "a" }, { "", "a" })
  for _, value in ipairs { 1, true, json.null, {} } do t.equal(values.text(value), nil) end
end)

t.test("the keys of tables, each once and in order", function()
  t.equal(lists.keys({ b = 1, a = 2 }, { c = 3, a = 4 }, {}), { "a", "b", "c" })
  t.equal(lists.keys(), {})
end)

return t.finish()
