--- Follows the dependencies of a lock file from those that somebody named to all that they need.
--
-- An edge is { name, marker = text|nil, extra = names|nil, ... }; the rest of it is its format's own. A graph may say
-- that edges count whatever their markers are (`every`), and says
--   edges(package, extra)   the edges of a package, or those that one of its extras (a name) adds
--   choose(edge, take)      calls take(package) for each package of the file that an edge means
local walk = {}

-- Extras that may be asked of one package: no tool comes near, and each is a visit.
local MOST_EXTRAS = 500

--- Notes that a package is needed, and with which extras; what is new goes to the queue.
local function take(state, package)
  if not state.reached[package] then
    state.reached[package] = state.way
    state.queue[#state.queue + 1] = package
  elseif state.way == "direct" then
    state.reached[package] = "direct"
  end
  if not state.extras then return end
  local seen = state.seen[package]
  if not seen then
    seen = { count = 0, names = {} }
    state.seen[package] = seen
  end
  for _, extra in ipairs(state.extras) do
    if type(extra) ~= "string" then state.found:fail(state.edge, "an extra has to be text") end
    if not seen.names[extra] then
      seen.names[extra], seen.count = true, seen.count + 1
      if seen.count > MOST_EXTRAS then state.found:fail(state.edge, "a dependency asks for too many extras") end
      state.queue[#state.queue + 1] = package
      state.extra_at[#state.queue] = extra
    end
  end
end

--- Returns reached[package] = "direct" or "reached": "direct" where an edge of `roots` leads to it. Each package is
-- visited once without extras and once with each of its extras that an edge asks for.
function walk.from(found, graph, roots)
  local state = { found = found, reached = {}, seen = {}, queue = {}, extra_at = {}, way = "direct" }
  local choose, every = graph.choose, graph.every
  local function take_package(package) take(state, package) end
  local function follow(edges)
    for _, edge in ipairs(edges) do
      if type(edge) ~= "table" then found:fail(edges, "a dependency has to be a table") end
      local marker = edge.marker
      if marker == nil or found:holds(marker, edge) or every then
        state.edge = edge
        state.extras = edge.extra and found:field(edge, "extra", "table")
        choose(edge, take_package)
      end
    end
  end
  follow(roots)
  state.way = "reached"
  local at = 1
  while state.queue[at] do
    follow(graph.edges(state.queue[at], state.extra_at[at]))
    at = at + 1
  end
  return state.reached
end

return walk
