---@meta pysec.advisories

--- The local advisory database: OSV records of the ecosystem PyPI in one SQLite file, asked without a
--- network; and a service that answers like api.osv.dev from it, for tools that ask over HTTP.
--
-- Matching follows https://ossf.github.io/osv-schema/#evaluation on the order of PEP 440. What cannot be
-- ordered errs on the side of a report, and a local label counts only against a version with one: 1.0+cpu
-- has the flaws of 1.0. Requests and answers of the service: https://google.github.io/osv.dev/api/.
--
-- Codes that a database may fail with: "ENOENT" none there, "EFORMAT" a file of another kind, "EVERSION" made
-- by a newer or older pysec, "ECORRUPT" damaged, "ENODATA" nothing imported yet, "EBUSY" an import is going on
-- (after 10 seconds), "EACCES", "ENOSPC", "ENOMEM", "EIO". Messages begin with the path and end with the
-- way out.
---@class pysec.advisories
local advisories = {}

---@class pysec.advisories.open_options
---@field write? boolean  true: import is possible, and the file is made when there is none

--- Opens a database, in the same time however large it is. What is read later is checked against a checksum, so that
--- damage fails there, and an import that never ended is not taken for "no vulnerabilities".
---@param path string
---@param options? pysec.advisories.open_options
---@return pysec.advisories.db? db  nil: see the codes above
---@return string? message
---@return string? code
function advisories.open(path, options) end

---@class pysec.advisories.serve_options
---@field listen? string   the address to listen on: "127.0.0.1" (the default), "::1", "0.0.0.0", ...; "::" is both
---  families
---@field port? integer    0 (the default): any free one
---@field token? string|false  16 to 128 letters and digits that every URL must start with; without one, whoever can
---  connect may ask. Where other machines can connect it is expected: false for none
---@field hosts? string[]  at most 64 names that a client's Host header may hold, besides the addresses that are
---  listened on and the names of the loopback
---@field seconds? integer  that a request may take to arrive, 1 to 3600 (20); a connection that says nothing for half
---  of them ends
---@field log? boolean     true: lines() tells each request

--- Starts the OSV service in threads of its own: POST /v1/query, POST /v1/querybatch (at most 1000 queries), GET and
--- HEAD /v1/vulns/ID. It ends with stop, at the end of a <close> variable, or when collected.
--
-- It answers from a copy of the database in memory, and keeps no hold on the file. An import that ends, and a file that
-- is moved over the old one, are seen by the next request; the answer to one request is of one state. While the file
-- is missing, broken or foreign, every answer is 503.
---@param path string  the database
---@param options? pysec.advisories.serve_options
---@return pysec.advisories.service? service  nil: as for open, "EADDRINUSE" and the like, or "ENOLIB" (no
---  libmicrohttpd)
---@return string? message
---@return string? code
function advisories.serve(path, options) end

--- A fresh secret for serve: 32 hexadecimal digits from the system's source of randomness.
---@return string? token
---@return string? message
---@return string? code
function advisories.token() end

--- Whether a text may be the token of serve.
---@param text string
---@return boolean valid
function advisories.is_token(text) end

--- Whether a text may be one of the hosts of serve.
---@param text string
---@return boolean valid
function advisories.is_host(text) end

--- Who can reach an address that is listened on.
---@param address string
---@return string? reach  "loopback", "any" (every address of this machine) or "network"; nil: the text is no address
function advisories.reach(address) end

--- A database. All methods raise once it is closed, and while it imports.
---@class pysec.advisories.db
local db = {}

---@class pysec.advisories.counts
---@field read integer       records; the sum of the next four
---@field added integer
---@field updated integer    replaced one that was not newer
---@field unchanged integer  the same as, or older than, what the database has
---@field skipped integer    about no package of PyPI
---@field withdrawn integer  of those read: kept, but never matched
---@field removed integer    dropped, since the source does not bring them any more: see `replace`

---@class pysec.advisories.import_options
---@field source? string         where the records come from, such as the URL of the export; default: "files"
---@field replace? boolean       true: the records of this source that the import does not bring are dropped
---@field least? integer         fewer records about PyPI are refused: an export that has lost most of its own is broken
---@field etag? string           these two as the server gave them, for `info` to give back
---@field last_modified? string

--- Imports OSV records: a folder (every *.json, *.yaml and *.yml below it, but for hidden ones), a zip of them such as
--- OSV's own export (https://google.github.io/osv.dev/data/), or one file. YAML is that of PyPA's advisory database
--- (https://github.com/pypa/advisory-database): the same fields as in OSV's JSON. All or nothing: after a failure the
--- database is as it was, and until the end it answers as before. A record replaces the one with its id, whoever
--- brought it, unless it is older. Raises unless the database was opened with write = true.
---@param path string
---@param options? pysec.advisories.import_options
---@return pysec.advisories.counts? counts
---@return string? message  names archive, member and line:column or field
---@return string? code  "EJSON", "EYAML", "EINVAL" (a record or a zip that is malformed), "E2BIG" (a member above
---  16 MiB, more than any export holds, or more than 1000 sources), "ENODATA" (no record about PyPI), "EFEW" (fewer
---  than `least`), "ENOLIB" (a zip, and no libarchive), those of files, or the codes above
function db:import(path, options) end

---@class pysec.advisories.hit
---@field id string
---@field aliases string[]
---@field summary string         the record's, or the first paragraph of its details; one line of at most 240 bytes
---@field modified string        such as "2024-10-09T23:22:49.818476Z"
---@field fix_versions string[]  above the version that was asked for, ascending
---@field severity string        as in a flaw; so are the next two
---@field score? number
---@field vector? string
---@field record string          the OSV record, JSON text as it was imported but for normalised names

--- The advisories that hold for a version of a package, in the order of their ids, withdrawn ones left out.
--- Lists are JSON arrays, also when empty.
---@param name string  in any spelling: PEP 503 normalises it
---@param version? string  nil: whatever the version
---@return pysec.advisories.hit[]? hits
---@return string? message
---@return string? code  "EINVAL" (no version by PEP 440, no package name by PEP 508), or the codes above
function db:query(name, version) end

---@class pysec.advisories.package
---@field name string     in any spelling
---@field version string

---@class pysec.advisories.flaw
---@field package integer        index of the package that has it
---@field id string              of PyPA (PYSEC-) where there is one, else MAL-, GHSA-, other; then the first by name
---@field aliases string[]       all other ids and aliases of its records, sorted
---@field ids string[]           of its records, that of the flaw first
---@field summary string         of the first of its records that has one: one line of at most 240 bytes; may be ""
---@field modified string        the latest of its records
---@field fix_versions string[]  above the package's version, of all ranges of all records, ascending
---@field severity string        "none", "low", "medium", "high", "critical", or "unknown": nobody rated it
---@field score? number          0.0 to 10.0; nil where a word of the database or nothing gave the severity
---@field vector? string         the CVSS vector that gave the score

---@class pysec.advisories.invalid
---@field package integer  index of the package
---@field reason string    such as "version 'x' is not valid by PEP 440"; or the name is not valid by PEP 508

--- The flaws of many packages, in the order of the packages, then of their ids. Records that hold for the version
--- and share an id or an alias are one flaw. Its severity is the highest that any record in force says which shares
--- an id or an alias with it, directly or through others: by CVSS vectors, of the record or its entries about PyPI,
--- else by the database's own word; malware (MAL-) is critical. Withdrawn records do not count. Flaws of packages
--- that are equal share their lists: copy one before you change it. Raises where name or version is no string.
---@param packages pysec.advisories.package[]  more fields are allowed
---@return pysec.advisories.flaw[]? flaws
---@return pysec.advisories.invalid[]|string? invalid  packages that could not be judged; nil: none. The message,
---  where flaws is nil
---@return string? code
function db:audit(packages) end

---@class pysec.advisories.rating
---@field severity string  as in a flaw; so are the next two
---@field score? number
---@field vector? string
---@field ids string[]     the records that the ids name, sorted

--- How bad the flaws are that these ids and aliases name: the highest rating of their records and of all that share
--- an id or an alias with those. nil without a message: no record in force has such an id or alias.
---@param ids string[]
---@return pysec.advisories.rating? rating
---@return string? message
---@return string? code
function db:rate(ids) end

--- One record, withdrawn or not, by its id; when no record has that id, by an alias.
---@param id string
---@return string? record  JSON text
---@return string? message
---@return string? code  "ENOENT" (none), or the codes above
function db:get(id) end

---@class pysec.advisories.info
---@field path string
---@field bytes integer         size of the file
---@field count integer         records, withdrawn ones included
---@field withdrawn integer
---@field packages integer      that at least one record in force is about
---@field newest? string        the latest `modified`; nil, like the next two, before the first import
---@field imported_at? string   such as "2024-10-10T08:00:00Z"
---@field age_days? integer     whole days since `newest`, by pysec.clock
---@field malware integer       records in force whose ids begin with MAL-
---@field severities table<string, integer>  how many records in force are "critical", ..., "none", "unknown"
---@field sources pysec.advisories.source[]  in the order of their first imports

---@class pysec.advisories.source
---@field source string           as it was given to import; "files" where nothing was
---@field count integer           records that are there from it: those that it brought last
---@field imported_at string      of its last import
---@field etag? string            of its last import, and so is the next
---@field last_modified? string

--- Facts about the database.
---@return pysec.advisories.info? info
---@return string? message
---@return string? code
function db:info() end

--- Reads all that the database holds, and whether it fits together.
---@return true? whole
---@return string? message
---@return string? code
function db:verify() end

--- Closes the database; a second time is no mistake.
function db:close() end

--- A running service.
---@class pysec.advisories.service
local service = {}

--- Its address up to "/v1", token included: "http://127.0.0.1:40123/0123456789abcdef0123456789abcdef". With `hosts` it
--- is that of the first one. pip-audit takes url .. "/v1/query" as --osv-url, uv takes url .. "/" as --service-url.
--- Raises once it has stopped.
---@return string url
function service:url() end

---@class pysec.advisories.line
---@field kind "warning"|"note"|"request"  a warning: the file cannot be read; a note: it can be read again
---@field text string  may hold whatever a client sent: escape it. Of a request: "200 POST /v1/query 0.4 ms", the path
---  without the token; status 0: the client left before its answer

--- What the service had to say since the last call, the oldest first, 256 lines at most. Raises once it has stopped.
---@return pysec.advisories.line[] lines
function service:lines() end

--- Ends the service; open connections are closed. A second time is no mistake.
function service:stop() end

return advisories
