---@meta pysec.fs

--- Files and folders. Paths are bytes without a NUL; relative ones start in the current folder. What fails returns
--- nil, a message that starts with the path, and the name of the errno (errno(3)): "ENOENT", "EACCES", "ENOSPC".
--
-- The folder that is looked at may be hostile. Nothing is written, removed or copied through a symbolic link that
-- lies in it, and nothing waits for a named pipe.
---@class pysec.fs
local fs = {}

--- Reads a file. Also reads what has no size, such as files of /proc and the pipe behind /dev/stdin.
---@param path string
---@param most? integer  bytes; 1 GiB unless told. A file that holds more is an error, not cut
---@return string? bytes
---@return string? message
---@return string? code  "EFBIG" (holds more), "EISDIR" (a folder), "EOPNOTSUPP" (a named pipe), ...
function fs.read(path, most) end

---@class pysec.fs.write_options
---@field beneath? string  a folder: what does not lie below it by its name is "EXDEV", ".." is too, and no folder
---  on the way down from it may be a link
---@field mode? integer  permissions, 1 to 4095: `tonumber("755", 8)`. Without it the old file's, or 0666 less the umask

--- Writes a file whole or not at all: a temporary file beside it, fsync, rename (rename(2)). So a reader sees the old
--- or the new, hard links keep the old, and the owner may change. Of a crash nothing is left but perhaps a hidden
--- file that ends in ".tmp".
---
--- A link in the place of the file is replaced, never followed. A relative path without ".." is kept beneath the
--- current folder, as if `beneath` were "."; links in an absolute path are followed, unless `beneath` is given.
---@param path string  its folder has to be there
---@param bytes string
---@param options? pysec.fs.write_options
---@return true? ok
---@return string? message  names the link that was refused
---@return string? code  "ELOOP" (a link on the way), "EXDEV" (outside of `beneath`), "EISDIR", "ENOSPC", ...
function fs.write(path, bytes, options) end

---@class pysec.fs.append_options
---@field sync? boolean  true: what was added is on the disk when it returns (fdatasync(2)), and the name of a new file

--- Adds bytes to the end of a file, and makes it when it is not there. The file itself must be no link ("ELOOP"), the
--- folders above may be. Of an append that failed ("ENOSPC", "EIO") nothing stays: the file is cut back to its old
--- length, and one that was made for it is empty; unless somebody else has added to it meanwhile, so lock what several
--- write to.
---@param path string
---@param bytes string
---@param options? pysec.fs.append_options
---@return true? ok
---@return string? message
---@return string? code  "ENOSPC", "EFBIG", "ENXIO" (a pipe that nobody reads), ...
function fs.append(path, bytes, options) end

--- Makes a folder and those above it; what is there already is no error. Links are refused as by fs.write.
---@param path string
---@param options? pysec.fs.write_options  `beneath` alone
---@return true? ok
---@return string? message
---@return string? code  "ENOTDIR" (a file is in the way), "ELOOP", "EXDEV", "ENAMETOOLONG", ...
function fs.mkdirs(path, options) end

--- Removes a file, a link, or a folder with all that is in it. Links are removed, never followed. What is not there is
--- no error. A folder is removed as far as possible: after an error a part may be gone.
---@param path string
---@return true? ok
---@return string? message
---@return string? code
function fs.remove(path) end

--- Renames within one file system; replaces a file that is there (rename(2)). Links above are followed.
---@param from string
---@param to string
---@return true? ok
---@return string? message
---@return string? code  "EXDEV" (another file system), "ENOTEMPTY", ...
function fs.rename(from, to) end

--- Lets two paths change places in one step (renameat2(2), RENAME_EXCHANGE): nobody ever sees one of them missing.
--- Both have to be there, on one file system; files, folders and links alike, and links are not followed.
---@param a string
---@param b string
---@return true? ok
---@return string? message  names the path that is missing, else `a`
---@return string? code  "ENOENT", "EXDEV"; "EINVAL" or "ENOSYS" where the file system or the system cannot, and for a
---  folder and what lies in it
function fs.exchange(a, b) end

--- Copies a file, a link, or a folder with all that is in it: modes, times, holes, and links as links; shares the
--- blocks where the file system can (reflinks). Owners, groups, extended attributes and access lists are kept where we
--- may and the target can, and left out without a word elsewhere (and with an owner the setuid bit). Pipes and sockets
--- are made anew, devices where we may; hard links become files of their own. After an error `to` is gone again.
---
--- The copy is not on the disk when it returns: see fs.sync.
---@param from string
---@param to string  must not be there ("EEXIST"), nor lie in the folder that is copied ("EINVAL")
---@return true? ok
---@return string? message  names what could not be copied
---@return string? code
function fs.copy(from, to) end

--- Writes everything that waits in the file system that holds a path to the disk (syncfs(2)), and waits for it.
---@param path string  a file or a folder that we may read
---@return true? ok
---@return string? message
---@return string? code  "EIO" (something could not be written since the last time), "ENOSPC", ...
function fs.sync(path) end

---@class pysec.fs.measure
---@field bytes integer    allocated on the disk, so holes do not count; hard links count once each, as fs.copy does
---@field entries integer  files, folders, links and whatever else, with the path itself

--- What a copy of a tree would take. Links are not followed. What vanishes meanwhile does not count.
---@param path string
---@return pysec.fs.measure? measure
---@return string? message  names what could not be looked at
---@return string? code
function fs.measure(path) end

---@class pysec.fs.space
---@field bytes integer     free for us
---@field entries? integer  how many more files, folders and links fit; nil where the file system makes room as it goes
---@field reflinks boolean  whether copies in this folder share their blocks (FICLONE): tried with two files without a
---  name. false too when we may not write there

--- What the file system of a folder has left, and can do.
---@param folder string
---@return pysec.fs.space? space
---@return string? message
---@return string? code
function fs.space(folder) end

---@class pysec.fs.stat_options
---@field follow? boolean  false: look at a link itself; true (the default): at what it points to

---@class pysec.fs.stat
---@field kind "file"|"folder"|"link"|"other"  "other": a pipe, a socket or a device
---@field size integer   bytes
---@field mtime integer  last change, seconds since 1970
---@field mode integer   permissions, 0 to 4095
---@field inode integer   the file's number in its file system; with the device it tells whether two paths are one file
---@field device integer  the number of the file system

--- What a path is.
---@param path string
---@param options? pysec.fs.stat_options
---@return pysec.fs.stat? info  nil when it is not there or cannot be looked at
---@return string? message
---@return string? code
function fs.stat(path, options) end

--- The names in a folder, hidden ones too, in the order of their bytes.
---@param path string
---@return string[]? names
---@return string? message
---@return string? code
function fs.list(path) end

--- Calls a function for everything below a folder, in the order of fs.list, a folder before what it holds. Links are
--- shown and not followed. What vanishes meanwhile is left out. An error of the function goes through.
---@param path string
---@param visit fun(path: string, kind: "file"|"folder"|"link"|"other"): boolean?  `path` starts with the path that was
---  given; false leaves out what a folder holds
---@return true? ok
---@return string? message  names what could not be looked at
---@return string? code  "ENAMETOOLONG" beyond 200 levels, ...
function fs.walk(path, visit) end

--- The absolute path without links, "." and ".." (realpath(3)).
---@param path string
---@return string? path
---@return string? message
---@return string? code
function fs.realpath(path) end

--- The current folder. It does not change: tools run elsewhere by `cwd`.
---@return string? path
---@return string? message
---@return string? code
function fs.cwd() end

--- Whether this process may write to a path, by its real user (access(2)). Root may nearly always.
---@param path string
---@return true? ok
---@return string? message
---@return string? code  "EACCES", "EROFS", ...
function fs.writable(path) end

--- Makes a folder that nobody else may enter (mode 0700). It is removed with all in it when the host ends: after the
--- last line, an error, os.exit or an interrupt, but not after `kill -9`.
---@param base? string  where; $TMPDIR when that is absolute, else /tmp
---@return string? path
---@return string? message
---@return string? code
function fs.tempdir(base) end

--- Locks a file against other locks, of this process too, without waiting (flock(2)). The file is made when it is not
--- there and stays afterwards, but for lock:remove(). The lock ends with release or remove, at the end of a <close>
--- variable, when it is collected (so keep it), and with the process, however that ends. Tools do not inherit it. What
--- is locked is always the file that the path names.
---@param path string  no link
---@return pysec.fs.lock? lock
---@return string? message
---@return string? code  "EAGAIN" (somebody has it), ...
function fs.lock(path) end

--- A lock that is held.
---@class pysec.fs.lock
local lock = {}

--- Gives the lock up; a second time is no mistake.
function lock:release() end

--- Removes the file while it is locked, and gives the lock up, also when the file could not be removed. A second time,
--- or after release, it does nothing. A file that has taken its place stays.
---@return true? ok
---@return string? message
---@return string? code  "EACCES", "EROFS", ...
function lock:remove() end

return fs
