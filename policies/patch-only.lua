--- For a frozen environment: upgrades stay within the minor version, 4.2.1 goes to 4.2.9 and never to 4.3.
name "patch-only"

limit { change = "patch", reason = "minor and major upgrades are planned by hand" }
