--- Whole days: what is one, and how many lie between two.
local t = require "harness"
local dates = require "lib.dates"

t.test("takes the days that there are", function()
  for _, text in ipairs { "0001-01-01", "2024-02-29", "2000-02-29", "2026-12-31", "9999-12-31" } do
    t.truthy(dates.parse(text), text)
  end
end)

t.test("takes nothing else", function()
  for _, text in ipairs { "", "2026", "2026-6-1", "2026-06-1", "26-06-01", "2026-00-10", "2026-13-01", "2026-06-00",
    "2026-06-31", "2026-02-29", "1900-02-29", "2100-02-29", "0000-01-01", "2026-06-01 ", " 2026-06-01", "2026-06-01\n",
    "2026/06/01", "01.06.2026", "2026-06-01T00:00", "2026-06-0x", "-026-06-01", "2026-06-01\0" } do
    t.equal(dates.parse(text), nil, text)
  end
end)

t.test("counts the days between two", function()
  t.equal(dates.parse "0001-01-01", 1)
  t.equal(dates.between("2026-06-01", "2026-06-01"), 0)
  t.equal(dates.between("2026-06-01", "2026-06-02"), 1)
  t.equal(dates.between("2026-06-02", "2026-06-01"), -1)
  t.equal(dates.between("2024-02-28", "2024-03-01"), 2)
  t.equal(dates.between("2023-02-28", "2023-03-01"), 1)
  t.equal(dates.between("2000-01-01", "2400-01-01"), 146097)
  t.equal(dates.between("1970-01-01", "2026-06-01"), 20605)
end)

t.test("counts every day of four centuries once", function()
  local number = dates.parse "1999-12-31"
  for year = 2000, 2399 do
    for month = 1, 12 do
      for day = 1, 31 do
        local found = dates.parse(("%04d-%02d-%02d"):format(year, month, day))
        if found then
          number = number + 1
          if found ~= number then t.equal(found, number, ("%04d-%02d-%02d"):format(year, month, day)) end
        end
      end
    end
  end
  t.equal(number, dates.parse "2399-12-31")
end)

return t.finish()
