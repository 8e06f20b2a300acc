---@meta pysec.policy

--- Policies: Lua files whose calls register rules, which then decide about findings. docs/reports.md describes
--- findings, decisions and upgrades.
--
-- A policy's text sees its rules and nothing else of Lua. A finding that no rule speaks of fails.
---@class pysec.policy
local policy = {}

--- Loads policies; together they are one set of rules.
---@param paths string[]  an empty list: the shipped policies/default.lua
---@return pysec.policy.set? set
---@return string? message  a mistake with file:line, or why a file cannot be read; no code follows
function policy.load(paths) end

---@alias pysec.policy.verdict "block"|"fail"|"warn"|"ignore"

--- The rules of some policies.
---@class pysec.policy.set
local set = {}

---@class pysec.policy.finding
---@field id string
---@field kind "vulnerability"|"code"|"policy"
---@field severity "none"|"low"|"medium"|"high"|"critical"|"unknown"
---@field package? string  and the other fields of docs/reports.md

---@class pysec.policy.spoken
---@field rule string  such as "severity"
---@field by string  file:line
---@field verdict pysec.policy.verdict
---@field reason string

---@class pysec.policy.decision
---@field finding pysec.policy.finding  the same table
---@field verdict pysec.policy.verdict
---@field by string  file:line of the rule that decided; "pysec" when none spoke
---@field rule string  its name; "otherwise" when none spoke
---@field reason string
---@field trace pysec.policy.spoken[]  every rule that spoke

--- Decides each finding: the strictest verdict that a rule gave, or fail.
---@param findings pysec.policy.finding[]
---@return pysec.policy.decision[] decisions  in the same order
function set:decide(findings) end

---@class pysec.policy.upgrade
---@field package string
---@field from? string   version; nil for a package that comes in new
---@field to string      version
---@field allowed? boolean  set by judge

--- Judges upgrades: sets `allowed` of each, and `by` and `reason` where a rule refuses it.
---@param upgrades pysec.policy.upgrade[]  are changed
---@return pysec.policy.upgrade[] upgrades  the same list
function set:judge(upgrades) end

--- Which rules there are.
---@return string[] rules  file:line of each, in the order of the files
function set:coverage() end

return policy
