--- What no package index gives an environment, and what users have in theirs all the same: projects of their own,
-- scripts, and packages that something other than pip put there. The names are in no index.
local fs = require "pysec.fs"
local t = require "harness"
local tool = require "pysec.tool"

local more = {}

local PROJECT = [[
[build-system]
requires = ["setuptools==65.6.3", "wheel==0.38.4"]
build-backend = "setuptools.build_meta"

[project]
name = "%s"
version = "1.0"
dependencies = [%s]

[project.scripts]
%s = "%s:main"
]]

local MODULE = 'def main():\n    print("%s")\n'

--- Where an environment's packages are.
function more.site(path)
  for _, name in ipairs(assert(fs.list(path .. "/lib"))) do
    if name:match "^python%d" then return ("%s/lib/%s/site-packages"):format(path, name) end
  end
  error(path .. ": no environment")
end

local function project(folder, name, needs)
  local module = name:gsub("-", "_")
  t.files(folder, { ["pyproject.toml"] = PROJECT:format(name, needs, name, module),
    [module .. ".py"] = MODULE:format(name) })
end

local function write_script(path, text)
  assert(fs.write(path, text, { mode = tonumber("755", 8) }))
end

--- A project that is installed by a pointer to its folder; it keeps urllib3 below what some findings ask for.
function more.editable(made)
  local folder = made.sources .. "/editable"
  project(folder, "pysec-real-editable", '"flask", "urllib3<1.26.18"')
  made.install { "--editable", folder }
end

--- A project that was installed from its folder.
function more.folder(made)
  local folder = made.sources .. "/folder"
  project(folder, "pysec-real-folder", '"requests>=2.20", "waitress"')
  made.install { folder }
end

--- Scripts, a link and settings that somebody put there.
function more.scripts(made)
  local bin = made.path .. "/bin"
  write_script(bin .. "/deploy", "#!/bin/sh\nexec echo deployed\n")
  write_script(bin .. "/nightly", "#!/usr/bin/env python3\nimport requests\nprint(requests.__version__)\n")
  assert(fs.append(bin .. "/activate", "\nexport SITE=staging\n"))
  t.files(made.path .. "/etc", { ["site.conf"] = "workers = 4\n" })
  t.equal(assert(tool.run { "/bin/ln", "-s", "deploy", bin .. "/release" }).code, 0)
end

--- A package that distutils installed, as Debian's once were: pip refuses to take it out.
function more.egg_info(made)
  local site = more.site(made.path)
  local metadata = assert(fs.read(site .. "/Babel-2.9.0.dist-info/METADATA"))
  assert(fs.remove(site .. "/Babel-2.9.0.dist-info"))
  assert(fs.write(site .. "/Babel-2.9.0.egg-info", metadata))
end

--- A package without the list of its files: pip refuses, too.
function more.no_record(made)
  local folder = more.site(made.path) .. "/bottle-0.12.19.dist-info"
  assert(fs.remove(folder .. "/RECORD"))
  assert(fs.remove(folder .. "/INSTALLER"))
end

--- A package of somebody's own, from before there were wheels.
function more.unlisted(made)
  t.files(more.site(made.path), {
    ["pysec_real_unlisted.py"] = MODULE:format("unlisted"),
    ["pysec_real_unlisted-0.9.egg-info/PKG-INFO"] =
      "Metadata-Version: 1.0\nName: pysec-real-unlisted\nVersion: 0.9\n",
    ["pysec_real_unlisted-0.9.egg-info/requires.txt"] = "six\n",
  })
end

return more
