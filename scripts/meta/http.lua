---@meta pysec.http

--- Downloads. Only https, and http to "localhost" or a loopback address; redirects (at most 5) go to https alone.
--- Certificates are always checked. There are no cookies and no .netrc; of the environment only https_proxy, all_proxy,
--- no_proxy and the like count, as libcurl reads them (https://curl.se/libcurl/c/libcurl-env.html), SSL_CERT_FILE, and
--- SSLKEYLOGFILE, by which libcurl lets its user look into his own connections. libcurl is loaded by the first get.
--
-- What fails returns nil, a message that starts with the address (without a password, and without what follows "?") or
-- the file, and a code: "ENOTFOUND" (no such host), "ECONNREFUSED", "ECONNRESET" (cut off), "ETIMEDOUT", "ETLS" (a
-- certificate or TLS), "EPROXY" (the proxy is unknown, or refuses), "EPROTO" (an address or a redirect that is not
-- https), "ELOOP" (too many redirects), "E2BIG" (above `max_bytes`), "HTTP404" and the like (an answer other than 200,
-- and 304 where it was asked for), "EINVAL" (no address), "ENOLIB" (no libcurl), "ENOMEM", "EIO" (whatever else libcurl
-- says), or the name of an errno of the file.
---@class pysec.http
local http = {}

---@class pysec.http.request
---@field url string
---@field to? string             a file that the body is written to, whole or not at all, by the rules of fs.write;
---  without it the answer holds the body
---@field etag? string           of an earlier answer: where nothing changed since, the answer is 304 and has no body
---@field last_modified? string  the same, for servers that have no etags
---@field proxy? string          such as "http://proxy.example:3128"; nil: as the environment says; "": none
---@field ca_file? string        PEM file of the only certificates to trust; nil: SSL_CERT_FILE, or the system's
---@field max_bytes? integer     of the body; unless told, 1 GiB into a file and 64 MiB without one
---@field timeout? number        most seconds without a byte that comes (30); the whole may take any time
---@field on_progress? fun(received: integer, total: integer?)  ten times a second, and at the end; total where the
---  server tells it

---@class pysec.http.answer
---@field status 200|304
---@field bytes integer
---@field etag? string
---@field last_modified? string
---@field body? string  of a 200 without `to`

--- Downloads what an address holds. A body is whole: its size is what the server said. An interrupt, or an error of
--- on_progress, ends the download and leaves nothing behind.
---@param request pysec.http.request
---@return pysec.http.answer? answer
---@return string? message
---@return string? code
function http.get(request) end

--- Makes a client, which keeps its connections: for many downloads from one server.
---@return pysec.http.client client
function http.client() end

--- Connections that are kept. They end with close, at the end of a <close> variable, or when it is collected.
---@class pysec.http.client
local client = {}

--- As http.get. Raises within its own on_progress.
---@param request pysec.http.request
---@return pysec.http.answer? answer
---@return string? message
---@return string? code
function client:get(request) end

--- Downloads many, eight at once, each as http.get does but for its own on_progress, which is not called. If one fails,
--- the others are given up; files that were complete by then stay.
---@param requests pysec.http.request[]
---@param on_progress? fun(done: integer, count: integer)  ten times a second, and at the end
---@return pysec.http.answer[]? answers  in the order of the requests
---@return string? message  of the one that failed
---@return string? code
function client:all(requests, on_progress) end

--- Ends the connections; a later download makes new ones.
function client:close() end

return http
