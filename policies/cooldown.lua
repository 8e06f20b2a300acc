--- For upgrades that nobody looks at: new releases wait a week, what fixes a flaw less by its severity, and what was
--- withdrawn is not taken. A baseline to stand beside it: default, strict or relaxed.
name "cooldown"

cooldown {
  days = 7,
  security = { critical = 0, high = 1, medium = 3 },
  yanked = "refuse",
  reason = "others find out first whether it is sound",
}
