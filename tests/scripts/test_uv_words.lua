--- Reading what uv says when it has no answer.
local t = require "harness"
local uv_words = require "inputs.uv_words"

t.test("tells a conflict that wheels are part of, and the packages that have none", function()
  local none = "error: No solution found when resolving dependencies\n  cause: "
  t.equal(uv_words.wheels_wanted(none .. "Because you require a>=2 and a==1.*, it is unsatisfiable."), nil)
  t.equal(uv_words.wheels_wanted(none .. "Because a==2 has no usable wheels and you require a>=2, it fails.\n"
    .. "\nhint: Wheels are required for `A.b` because\n building from source is disabled for `A.b`\n\n"
    .. "hint: \27[1mWheels\27[0m are required for `c` because building is disabled\n"), { ["a-b"] = true, c = true })
  for _, said in ipairs { none .. "a has no wheels with a matching Python ABI tag", "error: Failed to build `a==1`",
    "error: something else", "" } do t.equal(uv_words.wheels_wanted(said), {}, said) end
end)

t.test("tells the version that could not be built", function()
  for said, want in pairs {
    ["error: Failed to build `Feed.parser==5.2.1`\n  cause: ..."] = { name = "feed-parser", version = "5.2.1" },
    ["error: Failed to download and build `a==1!2.0+x`"] = { name = "a", version = "1!2.0+x" },
  } do
    t.equal(uv_words.failed_build(said), want)
  end
  t.equal(uv_words.failed_build("error: Failed to build `/some/folder`"), nil)
  t.equal(uv_words.failed_build("error: No solution found"), nil)
end)

return t.finish()
