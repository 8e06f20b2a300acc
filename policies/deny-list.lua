--- Packages that nobody should install, each with what is wrong with it and what to use instead.
--
-- The first word of a reason is its kind:
--   malicious    was made, or taken over, to steal or destroy. Gone from the public index; a mirror may still have it
--   abandoned    nobody mends its flaws any more
--   renamed      goes on under another name, and only there
--   placeholder  holds nothing: its name was mistaken for that of another package
--   obsolete     is a part of Python by now; at best it is not used, at worst it breaks what is
name "deny-list"

-- Names that are a slip away from a well-known one.
deny { package = "acqusition", reason = "malicious: posed as acquisition" }
deny { package = "apidev-coop", reason = "malicious: posed as apidev-coop_cms" }
deny { package = "bzip", reason = "malicious: posed as bz2file; use bz2, a part of Python" }
deny { package = "colourama", reason = "malicious: posed as colorama" }
deny { package = { "colorslib", "httpslib", "libhttps" }, reason = "malicious: they fetched a program that steals" }
deny { package = "crypt", reason = "malicious: posed as crypto; for encryption use cryptography" }
deny { package = "crytic-compilers", reason = "malicious: posed as crytic-compile" }
deny { package = { "dajngo", "diango", "djago", "djanga" }, reason = "malicious: posed as django" }
deny { package = { "deepseeek", "deepseekai" }, reason = "malicious: posed as DeepSeek's client" }
deny { package = "django-server", reason = "malicious: posed as django-server-guardian-api" }
deny { package = "fabrice", reason = "malicious: posed as fabric" }
deny { package = "jeIlyfish", reason = "malicious: posed as jellyfish, with a capital I for the first l" }
deny { package = { "matplatlib-plus", "mplatlib" }, reason = "malicious: posed as matplotlib" }
deny { package = "pwd", reason = "malicious: posed as pwdhash; the module pwd is a part of Python" }
deny { package = { "pycryptoconf", "pycryptoenv" }, reason = "malicious: posed as pycrypto; use pycryptodome" }
deny { package = "python3-dateutil", reason = "malicious: posed as python-dateutil" }
deny { package = { "request", "requesr", "requesrs", "requesys" }, reason = "malicious: posed as requests" }
deny { package = "requests-darwin-lite", reason = "malicious: posed as requests" }
deny { package = "setup-tools", reason = "malicious: posed as setuptools" }
deny { package = "telnet", reason = "malicious: posed as telnetsrvlib" }
deny { package = "termncolor", reason = "malicious: posed as termcolor" }
deny { package = { "urlib3", "urllib" }, reason = "malicious: posed as urllib3" }

-- Packages that were honest once, or names that only a private index has.
deny { package = "aiocpa", reason = "malicious: its later versions steal keys" }
deny { package = "ctx", reason = "malicious: taken over to steal environment variables" }
deny { package = "ssh-decorate", reason = "malicious: taken over to steal SSH keys; use paramiko" }
deny { package = "torchtriton", version = "==3.0.0", reason = "malicious: took the place of a private index's package" }

-- Cryptography and logins.
deny { package = "flask-jwt", reason = "abandoned: use flask-jwt-extended" }
deny { package = "jose", reason = "abandoned: use joserfc or jwcrypto" }
deny { package = "oauth2", reason = "abandoned: use requests-oauthlib" }
deny { package = "oauth2client", reason = "abandoned: use google-auth" }
deny { package = "py-bcrypt", reason = "abandoned: use bcrypt" }
deny { package = "pycrypto", reason = "abandoned: use pycryptodome" }
deny { package = "pysha3", reason = "abandoned: use hashlib, a part of Python" }
deny { package = "simple-crypt", reason = "abandoned: use cryptography" }

-- Clients and frameworks.
deny { package = "aioredis", reason = "abandoned: use redis, which has redis.asyncio" }
deny { package = "boto", reason = "abandoned: use boto3" }
deny { package = "docker-py", reason = "renamed: use docker" }
deny { package = "flask-restplus", reason = "abandoned: use flask-restx" }
deny { package = "flask-script", reason = "abandoned: use flask.cli, a part of flask" }
deny { package = "mysql-python", reason = "abandoned: use mysqlclient" }
deny { package = "raven", reason = "abandoned: use sentry-sdk" }
deny { package = "redis-py-cluster", reason = "abandoned: use redis, which has redis.cluster" }
deny { package = "requesocks", reason = "abandoned: use requests[socks]" }
deny { package = "slackclient", reason = "renamed: use slack-sdk" }
deny { package = "suds-jurko", reason = "abandoned: use zeep" }

-- Documents and data.
deny { package = "beautifulsoup", reason = "renamed: use beautifulsoup4" }
deny { package = "fpdf", reason = "abandoned: use fpdf2" }
deny { package = "fuzzywuzzy", reason = "renamed: use thefuzz" }
deny { package = "pandas-profiling", reason = "renamed: use ydata-profiling" }
deny { package = "pil", reason = "abandoned: use pillow" }
deny { package = { "pypdf2", "pypdf3", "pypdf4" }, reason = "abandoned: use pypdf" }

-- Tools.
deny { package = "ansible-base", reason = "renamed: use ansible-core" }
deny { package = "distribute", reason = "abandoned: use setuptools" }
deny { package = "nose", reason = "abandoned: use pytest" }
deny { package = "pep257", reason = "renamed: use pydocstyle, or ruff" }
deny { package = "pep8", reason = "renamed: use pycodestyle" }
deny { package = "unittest2", reason = "abandoned: use unittest, a part of Python" }

-- Names that hold nothing.
deny { package = "azure", version = ">=5", reason = "placeholder: use the azure-* packages of the services" }
deny { package = "google-cloud", reason = "placeholder: use the google-cloud-* packages of the services" }
deny { package = "sklearn", reason = "placeholder: use scikit-learn" }
deny { package = "tensorflow-gpu", version = ">=2.12", reason = "placeholder: use tensorflow" }

-- Backports to Pythons that are long gone.
deny { package = "asyncio", reason = "obsolete: a part of Python since 3.4" }
deny { package = "enum34", reason = "obsolete: enum is a part of Python since 3.4" }
deny { package = "futures", reason = "obsolete: concurrent.futures is a part of Python since 3.2" }
deny { package = "ordereddict", reason = "obsolete: collections.OrderedDict is a part of Python since 3.1" }
deny { package = "pathlib", reason = "obsolete: a part of Python since 3.4" }
deny { package = "typed-ast", reason = "obsolete: ast reads type comments since Python 3.8" }
deny { package = "typing", reason = "obsolete: a part of Python since 3.5" }
deny { package = "uuid", reason = "obsolete: a part of Python since 2.5" }
