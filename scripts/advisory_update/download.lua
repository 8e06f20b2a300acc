--- Downloads for an update: all by one client, with its progress shown and the way out in each message.
local http = require "pysec.http"
local ui = require "pysec.ui"

local download = {}

local Download = {}
Download.__index = Download

local CHECK_ADDRESS = "check the address (--url)"
local CERTIFICATES = "if a proxy or mirror has certificates of your own, name their file by --ca-file"
local TRY_AGAIN = "try again later"

--- What to do about each code of pysec.http.
local WAYS = {
  ENOTFOUND = "check the network and the address; where only a proxy leads out, name it by --proxy",
  ECONNREFUSED = "check the network, the address and the proxy (--proxy, https_proxy)",
  ECONNRESET = "nothing was changed; try again",
  ETIMEDOUT = "check the network, or try again later",
  ETLS = CERTIFICATES,
  EPROXY = "check the proxy (--proxy, https_proxy) and whether it allows this host",
  EPROTO = CHECK_ADDRESS,
  ELOOP = CHECK_ADDRESS,
  EINVAL = CHECK_ADDRESS,
  E2BIG = CHECK_ADDRESS,
  ENOSPC = "make room on that disk",
  EDQUOT = "make room on that disk",
  HTTP401 = "the server wants a name and a password: https://NAME:PASSWORD@HOST/...",
  HTTP403 = "the server refuses; " .. CHECK_ADDRESS,
  HTTP404 = CHECK_ADDRESS,
  HTTP429 = TRY_AGAIN,
}

local function with_way(message, code)
  local way = WAYS[code] or code:find "^HTTP5" and TRY_AGAIN
  return way and ("%s; %s"):format(message, way) or message
end

local CELLS = 10

--- How far a download is, such as "████░░░░░░ 43 %, 8.1 of 18.9 MB".
local function describe(received, total)
  if not total or total == 0 then return ("%.1f MB"):format(received / 1e6) end
  local full = received * CELLS // total
  return ("%s%s %d %%, %.1f of %.1f MB"):format(("█"):rep(full), ("░"):rep(CELLS - full), received * 100 // total,
    received / 1e6, total / 1e6)
end

--- Options: proxy, ca_file. Close it at the end.
function download.new(options)
  return setmetatable({ client = http.client(), options = options, progress = ui.progress() }, Download)
end

function Download:close()
  self.progress:close()
  self.client:close()
end
Download.__close = Download.close

local function request_of(self, request)
  request.proxy, request.ca_file = self.options.proxy, self.options.ca_file
  return request
end

--- What servers answer of a file that they do not have. Some that keep files for others forbid it.
local MISSING = { HTTP403 = true, HTTP404 = true, HTTP410 = true }

--- Downloads as http.get does, with a line that shows how far it is. With `request.may_be_missing` nothing is shown of
--- a file that the server does not have, and the message is the reason alone.
function Download:shown(label, request)
  self.progress:start(label)
  request.on_progress = function(received, total)
    self.progress:update(label, describe(received, total))
  end
  local answer, message, code = self.client:get(request_of(self, request))
  if not answer and request.may_be_missing and MISSING[code] then
    self.progress:close()
    self.progress = ui.progress()
    return nil, message, code
  end
  local text = answer and answer.status == 200 and ("%.1f MB"):format(answer.bytes / 1e6)
    or answer and "not changed" or "failed"
  self.progress:finish(label, answer ~= nil, text)
  if not answer then return nil, with_way(message, code), code end
  return answer
end

--- Downloads many small texts behind one line: `address` makes the URL of each item. Returns a list of bodies.
function Download:all(label, items, address, most)
  local requests, bodies = {}, {}
  for i, item in ipairs(items) do requests[i] = request_of(self, { url = address(item), max_bytes = most }) end
  self.progress:start(label)
  local answers, message, code = self.client:all(requests, function(done, count)
    self.progress:update(label, ("%d of %d"):format(done, count))
  end)
  self.progress:finish(label, answers ~= nil, answers and "" or "failed")
  if not answers then return nil, message, code end
  for i, answer in ipairs(answers) do bodies[i] = answer.body end
  return bodies
end

return download
