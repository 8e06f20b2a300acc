--- What became of a tool's run: nil when its report can be read, else what is wrong, in words.
local outcome = {}

--- `name` is the tool's, `result` what pysec.tool gave, `accepted` the exit codes that come with a report.
function outcome.problem(name, result, accepted)
  if result.error then return result.error .. "; run: pysec tools install" end
  if result.timed_out then
    return ("%s did not end within its time (%.0f s); give it more with --timeout"):format(name, result.seconds)
  end
  if result.truncated then return name .. " wrote more than can be kept; its report was cut off" end
  if result.signal then return ("%s was killed by signal %d"):format(name, result.signal) end
  for _, code in ipairs(accepted) do
    if result.code == code then return nil end
  end
  return ("%s ended with exit code %d"):format(name, result.code)
end

return outcome
