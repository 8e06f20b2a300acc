--- Copies that are whole, or not there.
local fs = require "pysec.fs"
local must = require "lib.must"
local places = require "transaction.places"

--- Copies `from` to `to`: what is there is replaced, once the copy is whole. Raises { failed }.
return function(from, to)
  must(fs.remove(places.part(to)))
  must(fs.copy(from, places.part(to)))
  must(fs.rename(places.part(to), to))
end
