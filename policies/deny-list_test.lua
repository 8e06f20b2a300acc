local list = policy "deny-list.lua"

local DENIED = {
  malicious = { "acqusition", "aiocpa", "apidev-coop", "bzip", "colorslib", "colourama", "crypt", "crytic-compilers",
    "ctx", "dajngo", "deepseeek", "deepseekai", "diango", "djago", "djanga", "django-server", "fabrice", "httpslib",
    "jeIlyfish", "libhttps", "matplatlib-plus", "mplatlib", "pwd", "pycryptoconf", "pycryptoenv", "python3-dateutil",
    "request", "requesr", "requesrs", "requests-darwin-lite", "requesys", "setup_tools", "ssh-decorate", "telnet",
    "termncolor", "urlib3", "urllib" },
  abandoned = { "aioredis", "boto", "distribute", "flask-jwt", "flask-restplus", "Flask-Script", "fpdf", "jose",
    "MySQL-python", "nose", "oauth2", "oauth2client", "PIL", "py-bcrypt", "pycrypto", "PyPDF2", "pypdf3", "pypdf4",
    "pysha3", "raven", "redis-py-cluster", "requesocks", "simple-crypt", "suds-jurko", "unittest2" },
  renamed = { "ansible-base", "beautifulsoup", "docker-py", "fuzzywuzzy", "pandas-profiling", "pep257", "pep8",
    "slackclient" },
  placeholder = { "google-cloud", "sklearn" },
  obsolete = { "asyncio", "enum34", "futures", "ordereddict", "pathlib", "typed-ast", "typing", "uuid" },
}

local function denials(name, version)
  return list:packages { { name = name, version = version or "1.0" } }
end

for _, kind in ipairs { "malicious", "abandoned", "renamed", "placeholder", "obsolete" } do
  test(kind .. " packages are findings, and their reason says so", function()
    for _, name in ipairs(DENIED[kind]) do
      local found = denials(name)
      equal(#found, 1, name)
      equal({ found[1].verdict, found[1].rule }, { "fail", "deny" }, name)
      equal(found[1].reason:match "^the package is denied: (%a+)", kind, name)
    end
  end)
end

test("who is abandoned or renamed has a successor", function()
  for _, kind in ipairs { "abandoned", "renamed", "placeholder" } do
    for _, name in ipairs(DENIED[kind]) do truthy(denials(name)[1].reason:find(": use ", 1, true), name) end
  end
end)

test("of some packages a few versions are denied", function()
  for _, case in ipairs { { "azure", "4.0.0", "5.0.0" }, { "tensorflow-gpu", "2.11.0", "2.12.0" },
    { "torchtriton", "2.0.0+f16138d447", "3.0.0" } } do
    local name, honest, denied = case[1], case[2], case[3]
    equal(#denials(name, honest), 0, name)
    equal(#denials(name, denied), 1, name)
  end
end)

test("the packages that they pose as are welcome", function()
  for _, name in ipairs { "beautifulsoup4", "bs4", "colorama", "django", "jellyfish", "matplotlib", "pycryptodome",
    "pyjwt", "python-dateutil", "redis", "requests", "scikit-learn", "setuptools", "termcolor", "urllib3" } do
    equal(denials(name), {}, name)
  end
end)

test("none comes in by an upgrade", function()
  local upgrade = list:judge { package = "pycrypto", to = "2.6.1" }
  equal({ upgrade.allowed, upgrade.reason }, { false, "the package is denied: abandoned: use pycryptodome" })
end)
