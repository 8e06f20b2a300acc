--- Records of runs that reports are written from in tests.
local report_support = {}

--- A record as the main job makes it, with `text` wherever text comes from elsewhere.
function report_support.record_with(text)
  local vulnerability = { id = text, aliases = {}, kind = "vulnerability", package = text, version = text,
    fix_versions = { text }, severity = "high", summary = text, sources = { "pip-audit" } }
  local code = { id = "B1", kind = "code", path = text, line = 3, severity = "low", confidence = "high", summary = text,
    fix_versions = {}, sources = { "bandit" } }
  return {
    timestamp = "20250123-143022", python_version = "3.11.0", venv_path = text, upgrade_mode = text,
    results = { pip_audit = { count = 1 }, safety = { count = 0 }, bandit = { count = 1 },
      upgrade = { status = "rolled_back", reason = text, trials = { made = 3, most = 20 } } },
    findings = { vulnerability, code }, fixed = { vulnerability },
    decisions = { { finding = vulnerability, verdict = "fail", rule = "severity", by = "default.lua:4" },
      { finding = code, verdict = "warn", rule = "severity", by = "default.lua:5" } }, notices = {},
    upgrades = { { package = text, from = text, to = text, kind = "security", change = "minor", fixes = { text },
      state = "planned", allowed = true, reason = text } },
    changes = { { package = text, before = text, after = text }, { package = text, after = text } },
    times = { { phase = text, seconds = 1.25 }, { phase = "plan", seconds = 0.5 } },
    held_back = { { package = text, version = text, latest = text, reason = text },
      { package = text, version = text, latest = text, by = text, rule = "limit", reason = text } },
    evidence = { { scanner = "pip-audit", status = "incomplete", reason = text, skipped = {} },
      { scanner = "safety", status = "complete", version = text, skipped = {} },
      { scanner = "bandit", status = "complete", skipped = {} } },
    notes = { text, text }, policies = {}, exit = 1,
  }
end

--- The same, with an upgrade that a rule at `by` refuses, and one that was left out.
function report_support.record_with_refused(text, by)
  local record = report_support.record_with(text)
  record.upgrades[2] = { package = text, to = text, kind = "update", change = "other", fixes = {}, state = "refused",
    allowed = false, by = by, rule = "pin", reason = text, free_on = text, target = text }
  record.upgrades[3] = { package = text, from = text, to = text, kind = "update", change = "other", fixes = {},
    state = "failed", allowed = true, reason = text, target = "elsewhere" }
  record.held_back[1].free_on = text
  return record
end

return report_support
