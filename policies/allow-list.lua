--- Only packages that are named here, or in an `allow` of a policy beside it, may be installed.
name "allow-list"

-- The first reason is what a report says of a package that is on no list.
allow { package = { "pip", "setuptools", "wheel" }, reason = "a package is reviewed before it is used" }

-- Copy this file, and write what was reviewed below the examples; or write it in a policy that includes this one.

-- A family of packages.
-- allow { package = { "django", "django-*", "djangorestframework" } }

-- Packages of one's own, by a regular expression.
-- allow { package = re "^example-(web|data)-" }

-- Some versions alone.
-- allow { package = "requests", version = ">=2.32" }
