--- Names of files: pure text, nothing is looked up.
local paths = {}

function paths.join(folder, name)
  if name:sub(1, 1) == "/" then return name end
  if folder == "" or folder == "." then return name end
  return folder:gsub("/+$", "") .. "/" .. name
end

--- The folder of a path, "." when it has none.
function paths.folder(path)
  local folder = path:match("^(.*)/[^/]*$")
  if folder == nil then return "." end
  return folder == "" and "/" or folder
end

--- The last name of a path, also of a folder's with a slash at its end.
function paths.name(path)
  return path:match("([^/]+)/*$") or path
end

--- "a/./b/../c" becomes "a/c".
function paths.clean(path)
  local parts, absolute = {}, path:sub(1, 1) == "/"
  for part in path:gmatch("[^/]+") do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." and not (part == ".." and absolute) then
      parts[#parts + 1] = part
    end
  end
  local text = table.concat(parts, "/")
  if absolute then return "/" .. text end
  return text == "" and "." or text
end

--- How to get to an absolute path from an absolute folder: "../b/c". Neither may hold links or dots.
function paths.relative(folder, path)
  local from, to = {}, {}
  for part in folder:gmatch("[^/]+") do from[#from + 1] = part end
  for part in path:gmatch("[^/]+") do to[#to + 1] = part end
  local shared = 0
  while shared < #from and shared < #to - 1 and from[shared + 1] == to[shared + 1] do shared = shared + 1 end
  return ("../"):rep(#from - shared) .. table.concat(to, "/", shared + 1)
end

return paths
