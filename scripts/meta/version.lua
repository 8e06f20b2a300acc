---@meta pysec.version

--- Versions of Python packages by PEP 440 (https://peps.python.org/pep-0440/, kept up to date in
--- https://packaging.python.org/en/latest/specifications/version-specifiers/).
--
-- Every spelling that PEP 440 accepts is read: "v1.0", "1.0-RC.1", "1.0-1", white space around it. Text that
-- is no version or no specifier makes a function return nil, a message that quotes its first 80 bytes, and
-- "EINVAL"; more than 512 bytes, 64 release segments or 32 local parts count as no version. What is not
-- a string raises an error, a number too: 1.10 would turn into the version 1.1.
---@class pysec.version
local version = {}

--- Compares two versions in the order of PEP 440: 1.0.dev1 < 1.0a1 < 1.0rc1 < 1.0 < 1.0+local < 1.0.post1,
--- and an epoch ("1!0.1") above all without one. 1.0 and 1.0.0 are equal.
---@param a string
---@param b string
---@return integer? order  -1, 0 or 1; nil when one of them is no version
---@return string? message
---@return "EINVAL"? code
function version.compare(a, b) end

---@class pysec.version.match_options
---@field prereleases? boolean  false: no pre-release or development release matches, whatever the specifier
---  says; true (the default): they match like any other version

--- Whether a version lies in a specifier, such as ">=1.2,!=1.3.*,<2"; the empty one holds every version.
--- Answers as SpecifierSet.contains of Python's `packaging` does: "<1.0" leaves out 1.0's pre-releases, ">1.0"
--- its post-releases, "==1.0" holds "1.0+local", and "===" compares the text without regard to case.
---@param text string  a version
---@param specifier string  clauses with ~= == != <= >= < > or ===, separated by commas
---@param options? pysec.version.match_options
---@return boolean? matches  nil when one of them is invalid
---@return string? message
---@return "EINVAL"? code
function version.matches(text, specifier, options) end

--- The normal form of a version: "v1.0-RC.01" becomes "1.0rc1". Zeros at the end of the release stay.
---@param text string
---@return string? normal  nil when it is no version
---@return string? message
---@return "EINVAL"? code
function version.normalize(text) end

--- Whether a version is a pre-release (a, b, rc) or a development release.
---@param text string
---@return boolean? prerelease  nil when it is no version
---@return string? message
---@return "EINVAL"? code
function version.is_prerelease(text) end

--- How far apart two versions are, by the first release segment in which they differ: the first is "major",
--- the second "minor", the third "patch". "other" stands for a later segment, for another epoch, and for
--- versions with the same release. The direction makes no difference.
---@param from string
---@param to string
---@return "major"|"minor"|"patch"|"other"|nil change  nil when one of them is no version
---@return string? message
---@return "EINVAL"? code
function version.change(from, to) end

--- Sorts versions, the lowest first; equal ones, such as 1 and 1.0, keep their order.
---@param list string[]  stays as it is
---@return string[]? sorted  a new list with the same spellings; nil when one of them is no version
---@return string? message
---@return "EINVAL"? code
function version.sort(list) end

return version
