std = "lua54"
max_line_length = 120
unused_args = false
files["policies"].globals = { "name", "severity" }
files["scripts/meta"].ignore = { "211", "212", "241", "561" }
