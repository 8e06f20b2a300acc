std = "lua54"
max_line_length = 120
unused_args = false
local language = { "allow", "clock", "cooldown", "delegate", "deny", "evidence", "ignore", "ignores", "include", "json",
  "limit", "name", "on", "pin", "re", "severity", "version", "policy", "today", "test", "equal", "truthy", "raises" }
files["policies"].read_globals = language
files["examples"].read_globals = language
files["scripts/meta"].ignore = { "211", "212", "241", "561" }
files["scripts/meta/policies.lua"].globals = language
