---@meta pysec.tool

--- Runs other programs, without a shell, many side by side.
--
-- A program leads a session of its own (setsid(2)): it cannot ask on the terminal, and ends with all its kin. Past its
-- time, or when pysec is interrupted, it gets TERM and 5 seconds later KILL, its whole process group with it. A child
-- that left the group is found by the variable PYSEC_RUN in its environment and killed when the run was stopped or when
-- it holds the output open; one without the variable is left behind, and waited for no longer than 0.6 seconds. Only
-- descriptors 0, 1 and 2 reach a program. It never writes to our output.
---@class pysec.tool
local tool = {}

--- A program and its arguments, as a list, with fields beside it. Any other field raises.
---@class pysec.tool.spec
---@field [integer] string|number  1: the program, looked up as by tool.which; then its arguments, byte for byte
---@field cwd? string    the folder that it runs in; the current one without it
---@field env? table<string, string>  all of its environment, but for PYSEC_RUN; ours without it. PATH in here does not
---  change where the program is looked up
---@field stdin? string  what it reads, from a file in memory; /dev/null without it
---@field timeout? number  seconds, with a fraction; 0 (the default): none
---@field max_output? integer  bytes kept of each stream, 16 MiB unless told, 1 GiB at most; the rest is read and
---  dropped
---@field name? string   for your own use

---@class pysec.tool.result
---@field code? integer    exit code, 0 to 255; nil when a signal ended it
---@field signal? integer  the signal's number; nil when it exited
---@field timed_out boolean  it ran past its timeout, whatever it did then: a code of 0 may come with it
---@field truncated boolean  it printed more than max_output: what is kept is not whole
---@field stdout string
---@field stderr string
---@field seconds number   from the start until all was read

--- Runs a program and waits for it. A code other than 0 is no failure: look at `code`, `timed_out` and `truncated`.
--- Raises for a spec that is none, and "interrupted" when pysec is interrupted meanwhile.
---@param spec pysec.tool.spec
---@return pysec.tool.result? result  nil when it could not be started
---@return string? message
---@return string? code  "ENOENT", "EACCES", "ENOEXEC" (no shebang), "E2BIG" (arguments too long), "EMFILE", ...
function tool.run(spec) end

---@class pysec.tool.failure
---@field error string  why a program could not be started
---@field error_code string  as of tool.run

---@class pysec.tool.all_options
---@field jobs? integer  how many run at once, from 1; all of them without it
---@field on_done? fun(result: pysec.tool.result|pysec.tool.failure, index: integer): pysec.tool.spec[]?  called as each
---  ends; what it returns is run as well, behind the others
---@field on_tick? fun()  called ten times a second

--- Runs programs side by side and waits for all. An error in a callback, or a spec that is none, kills what runs at
--- once and goes through. Callbacks may run programs of their own; the others go on meanwhile, but nobody is told.
---@param specs pysec.tool.spec[]  stays as it is
---@param options? pysec.tool.all_options
---@return (pysec.tool.result|pysec.tool.failure)[] results  in the order of the list, then of what on_done added
function tool.all(specs, options) end

--- Finds a program in the trusted folders of PATH: absolute, not in the current folder (which may be a stranger's
--- repository) nor a link into it, and not writable for everybody. A name with a slash starts in the current folder,
--- also for a program that runs in another.
---@param name string
---@return string? path  absolute
---@return string? message
---@return "ENOENT"? code
function tool.which(name) end

--- The token of this process: PYSEC_RUN of all that it starts begins with it. Whoever writes down what it is about to
--- do writes the token beside it; who finds that after `kill -9` ends what still runs before it puts anything back.
---@return string token  16 hexadecimal digits, the same each time
function tool.family() end

--- Kills every process that a family has started and that still runs, by its environment, and waits until they are
--- gone: 5 seconds at most. This process is left alone, and so are those that are not ours to kill, or that cleared
--- their environment. A zombie counts as gone.
---@param token string  as of tool.family; raises for anything else
---@return integer? killed  how many there were
---@return string? message
---@return string? code  "ETIMEDOUT" (some do not die), ...
function tool.end_family(token) end

--- How many cores this process may use (sched_getaffinity(2)).
---@return integer cores  at least 1
function tool.cores() end

--- Waits. An interrupt ends it and is raised.
---@param seconds number  from 0, with a fraction
function tool.sleep(seconds) end

--- Calls a function that an interrupt must not cut in two, such as one that puts files back. An interrupt that arrives
--- meanwhile does not stop the tools that it runs, and is raised when the outermost shield ends; then the results are
--- lost. Nothing shields from `kill -9`.
---@param body function
---@param ... any  its arguments
---@return any ...  its results
function tool.shield(body, ...) end

--- Ignores interrupts until the script ends: for the moment when what cannot be taken back has been done, and only a
--- report is left to write. The exit code is then the script's own.
function tool.ignore_interrupts() end

return tool
