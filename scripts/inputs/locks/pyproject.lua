--- Reads the dependencies of a pyproject.toml. What is not pinned there is named as not auditable: which version is
-- installed, only a lock file or an environment says.
local declared = require "inputs.locks.declared"
local found = require "inputs.locks.found"

local pyproject = {
  way_out = "mend the file",
}

--- What a build needs is not a part of what is installed, and hardly ever pinned: it is audited where it is pinned,
-- and else not missed.
local function emit(into, item)
  if item.why_not and not into.every then
    if item.pin and (not item.elsewhere or item.elsewhere == "workspace") then
      into:leave_out(item.name, item.pin, item.line, item.why_not)
    end
    return
  end
  -- Only uv looks into its workspace: others install the version that is pinned.
  if item.elsewhere == "workspace" and not item.pin then return end
  if item.elsewhere and item.elsewhere ~= "workspace" then
    into:skip(item.name, found.ELSEWHERE[item.elsewhere], item.line)
  elseif item.pin then
    into:add(item.name, item.pin, item.line, not item.is_build)
  elseif not item.is_build then
    local specifier = item.version:match("^%s*(.-)%s*$")
    into:skip(item.name, "not pinned: " .. (specifier == "" and "any version" or specifier), item.line)
  end
end

function pyproject.read(into, document)
  local read = declared.read(into, document)
  -- Tables have no order; the lines do.
  for i, item in ipairs(read.items) do item.at = i end
  table.sort(read.items, function(a, b)
    if a.line ~= b.line then return a.line < b.line end
    if a.name ~= b.name then return a.name < b.name end
    return a.at < b.at
  end)
  for _, item in ipairs(read.items) do emit(into, item) end
  if read.dynamic then
    into:skip(read.name or "pyproject.toml", "its dependencies are dynamic: the build says them, not the file",
      read.dynamic)
  end
end

return pyproject
