/* pysec: an embeddable host for Lua scripts that keep Python environments safe.
 *
 * A host owns one Lua state. Many hosts may live in one process; each may be used by one thread at a
 * time. Nothing here prints, exits, or leaves a signal handler behind: output goes to the embedder's
 * `write`, errors to pysec_error(). Strings are UTF-8 and NUL-terminated.
 *
 * What a host calls, `write` and the functions of pysec_module_add, may use pysec_error and pysec_interrupt of
 * that host; it must not free it, and all else is refused with PYSEC_INVALID. Other hosts are free to use.
 */
#ifndef PYSEC_H
#define PYSEC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What libpysec exports; all else in it is its own. */
#if defined(__GNUC__)
#define PYSEC_API __attribute__((visibility("default")))
#else
#define PYSEC_API
#endif

typedef struct pysec_host pysec_host;

typedef enum {
  PYSEC_OK = 0,
  PYSEC_INVALID,     /* an argument is NULL or out of range */
  PYSEC_NO_MEMORY,   /* an allocation failed, or memory_limit was reached */
  PYSEC_NOT_FOUND,   /* the script or folder is not there, or cannot be read */
  PYSEC_SYNTAX,      /* the script does not compile */
  PYSEC_FAILED,      /* the script raised an error */
  PYSEC_INTERRUPTED, /* pysec_interrupt() ended it */
  PYSEC_POLICY       /* a policy has mistakes, raised an error, or went over its budget */
} pysec_status;

typedef enum { PYSEC_OUT = 1, PYSEC_ERR = 2 } pysec_stream;

/* Receives what scripts print. `text` is `length` bytes and is valid during the call alone. */
typedef void (*pysec_write)(void *data, pysec_stream stream, const char *text, size_t length);

/* A zeroed struct means the defaults. The host copies what it keeps. */
typedef struct {
  const char *scripts;  /* folder that takes the place of the built-in scripts; NULL: the built-in ones */
  pysec_write write;    /* NULL: output is dropped */
  void *write_data;     /* given to `write` */
  int out_columns;      /* width of the terminal behind PYSEC_OUT; 0: not a terminal */
  int err_columns;      /* the same for PYSEC_ERR */
  size_t memory_limit;  /* most bytes that the Lua state may hold; 0: no limit */
} pysec_options;

/* Makes a host and stores it in *host; NULL is stored on failure. Descriptors 0, 1 and 2 have to be open, to
 * /dev/null at least, as long as it lives.
 * Returns PYSEC_OK, PYSEC_INVALID, PYSEC_NO_MEMORY, or PYSEC_NOT_FOUND (options->scripts is no folder). */
PYSEC_API pysec_status pysec_new(pysec_host **host, const pysec_options *options);

/* Ends the host and all that it owns. Takes NULL. Always returns NULL: `host = pysec_free(host);` */
PYSEC_API pysec_host *pysec_free(pysec_host *host);

/* Runs the pysec command line: argv[0] is the program's name, the rest are its options.
 * *exit_code gets what the program would exit with (0 to 3, 4, 130, 143), also on failure.
 * Returns PYSEC_OK, or any other status with pysec_error() set. */
PYSEC_API pysec_status pysec_command_run(pysec_host *host, int argc, const char *const argv[], int *exit_code);

/* Runs the Lua file `path` with the host's modules; `arg` holds argv[0..argc-1] from index 1, and they
 * are the chunk's `...` as well. *exit_code gets the integer that the script returns, or gives to os.exit: 0
 * when there is none, 1 for one that is not 0 to 255; a boolean is 0 or 1. It gets 1 after an error, 2 when
 * the script cannot be loaded. Bytecode is refused. Returns as pysec_command_run. */
PYSEC_API pysec_status pysec_script_run(pysec_host *host, const char *path, int argc, const char *const argv[],
                                        int *exit_code);

/* Where a function of the embedder's puts its answer. Owned by the host, valid during the call alone. */
typedef struct pysec_reply pysec_reply;

/* A function that scripts can call. `arguments_json` is a JSON array of what the script gave: `length` bytes
 * and a NUL, owned by the host, valid during the call. nil is null, text that is no UTF-8 has U+FFFD in its place.
 * It runs in the thread that runs the script, and returns; leaving it by longjmp or a C++ exception is undefined.
 * - PYSEC_OK: the script gets the reply. Without one, or with one that is not JSON, it gets an error.
 * - PYSEC_NO_MEMORY: the script ends like any that runs out of memory.
 * - else: it gets an error that holds the message of pysec_reply_error, which is the way for wrong arguments. */
typedef pysec_status (*pysec_call)(void *user_data, const char *arguments_json, size_t length, pysec_reply *reply);

typedef struct {
  const char *name; /* letters, digits and _, no digit first; NULL ends an array of functions */
  pysec_call call;
} pysec_function;

/* Adds a module of the embedder's own: after pysec_module_add(host, "acme.tickets", ...) scripts say
 * require "acme.tickets".open("x", 1). Scripts have it, policies do not. `name` is parts of letters, digits, _
 * and - with dots between. The names and the array are copied; what `user_data` points to has to live until
 * pysec_free has returned, which may still call functions for what scripts left to be finalized.
 * Returns PYSEC_OK, PYSEC_NO_MEMORY, or PYSEC_INVALID with pysec_error() set: an argument is NULL, a name is
 * malformed, used twice, taken by Lua or by pysec (all of pysec.*). On failure nothing is added. */
PYSEC_API pysec_status pysec_module_add(pysec_host *host, const char *name, const pysec_function functions[],
                                        void *user_data);

/* Answers with one JSON value, which becomes what the call returns in Lua, as pysec.json decodes it: null is
 * json.null. The text is copied; a later reply takes the place of an earlier one.
 * Returns PYSEC_OK, PYSEC_INVALID (NULL), or PYSEC_NO_MEMORY: then the script runs out of memory. */
PYSEC_API pysec_status pysec_reply_json(pysec_reply *reply, const char *text, size_t length);

/* Answers that the world failed: the call returns nil and `message` in Lua. Copies and returns as
 * pysec_reply_json. */
PYSEC_API pysec_status pysec_reply_error(pysec_reply *reply, const char *message);

/* --- policies --- */

/* What a policy may use while it loads, and again in each call of pysec_decide and pysec_judge. 0: the default. */
typedef struct {
  long long instructions;  /* 100 million */
  size_t memory;           /* bytes: 64 MiB */
  double seconds;          /* 10 */
} pysec_budget;

/* JSON that the host made. Owned by the caller, who ends it by pysec_result_free(); it outlives the host. */
typedef struct {
  const char *text;  /* UTF-8, NUL-terminated */
  size_t length;     /* without the NUL */
  int exit_code;     /* what the command line would exit with: 0, 1 (something fails), 3 (evidence incomplete) */
} pysec_result;

/* Adds a policy to those of the host: a file, a folder of them, or the name of a shipped one, such as "default".
 * All that were added decide together; where none was, policies/default.lua does.
 * Returns PYSEC_OK, PYSEC_INVALID, PYSEC_NO_MEMORY, PYSEC_INTERRUPTED, or PYSEC_POLICY: then pysec_error() holds a line
 * for each mistake, "acme.lua:3: ...", and the host's policies are what they were. */
PYSEC_API pysec_status pysec_policy_load(pysec_host *host, const char *path);

/* The same for a policy of `length` bytes in memory, which may include shipped policies alone. Messages and decisions
 * call it `name`. Both are copied. */
PYSEC_API pysec_status pysec_policy_load_buffer(pysec_host *host, const char *name, const char *text, size_t length);

/* Sets the budgets of the policies that are there and of those to come. NULL: the defaults. Returns as
 * pysec_policy_load. */
PYSEC_API pysec_status pysec_policy_budget(pysec_host *host, const pysec_budget *budget);

/* Takes all policies away. Returns PYSEC_OK or PYSEC_INVALID. */
PYSEC_API pysec_status pysec_policy_clear(pysec_host *host);

/* Decides findings. `json` is a list of findings, one finding, or any report that `pysec eval` reads;
 * *result gets {"decisions": [...], "notices": [...], "exit": N} (see docs/reports.md), NULL on failure.
 * Returns PYSEC_OK, PYSEC_INVALID, PYSEC_NO_MEMORY, PYSEC_INTERRUPTED, PYSEC_FAILED (`json` is no such report;
 * pysec_error() names line and column), or PYSEC_POLICY. */
PYSEC_API pysec_status pysec_decide(pysec_host *host, const char *json, size_t length, pysec_result **result);

/* Judges upgrades, a list of { "package", "from", "to" } and more (see docs/reports.md). *result gets the list with
 * "allowed" set, and "by", "rule" and "reason" where a rule refuses; exit_code is 1 when one is refused, else 0.
 * Returns as pysec_decide. */
PYSEC_API pysec_status pysec_judge(pysec_host *host, const char *json, size_t length, pysec_result **result);

/* Ends a result. Takes NULL. */
PYSEC_API void pysec_result_free(pysec_result *result);

/* Asks a running script to stop: its tools get TERM, then KILL after 5 seconds, and an error that says
 * "interrupted" unwinds it. `signal_number` decides the exit code (128 + number). Safe in a signal
 * handler and from another thread. */
PYSEC_API void pysec_interrupt(pysec_host *host, int signal_number);

/* What went wrong in the last call on this host: one line that names file and line where there is one,
 * with a traceback below where a script raised it. Owned by the host, valid until its next call.
 * Never NULL. */
PYSEC_API const char *pysec_error(const pysec_host *host);

/* The version, such as "0.1.0". Static. */
PYSEC_API const char *pysec_version(void);

#ifdef __cplusplus
}
#endif

#endif
