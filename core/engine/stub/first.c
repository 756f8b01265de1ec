// SPDX-License-Identifier: MIT
/* first.c - the last step before a container's program, and `--init`'s process.
 *
 * A program of its own: built apart, a few kilobytes, carried inside coracle as bytes and
 * executed from a sealed memfd. So what a container sees as /proc/1/exe, or reaches by an
 * entrypoint of "#!/proc/self/exe", is this copy and never the host's file (Z01).
 *
 *   argv[0]   "/sbin/docker-init": stay as pid 1, forward signals, reap; "": just execute.
 *             Anything else is somebody in the container who found us by /proc/1/exe (a
 *             script whose interpreter we would be: executing it again would never end)
 *   argv[1…]  the program and its arguments ("--" first in the init form)
 *   fd 3      where a failure goes, as one struct err; end of file means it was executed
 *
 * An attacker controls argv[1…], the environment and the whole file system; identity,
 * capabilities and the seccomp filter are already the container's. Nothing here can do
 * more than the program itself could. */
#include "core/base/err.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { REPORT_FD = 3,
	PATH_LONGEST = 4096 };

static const char init_name[] = "/sbin/docker-init";

/* Try every directory of PATH, as execvp(3) does. Returns the errno that tells most. */
static int exec_search(char **argv, char **envp)
{
	const char *path = getenv("PATH"), *end;
	int worst = ENOENT;
	char file[PATH_LONGEST];

	if (!path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (;; path = end + 1) {
		size_t dir_len, name_len = strlen(argv[0]);

		for (end = path; *end && *end != ':'; end++)
			;
		dir_len = (size_t)(end - path);
		if (dir_len && dir_len + name_len + 2 <= sizeof(file)) {
			memcpy(file, path, dir_len);
			file[dir_len] = '/';
			memcpy(file + dir_len + 1, argv[0], name_len + 1);
			execve(file, argv, envp);
			if (errno != ENOENT && errno != ENOTDIR)
				worst = errno;
		}
		if (!*end)
			return worst;
	}
}

static _Noreturn void exec_or_report(char **argv, char **envp)
{
	struct err e = { 0 };

	if (strchr(argv[0], '/')) {
		execve(argv[0], argv, envp);
		e.code = errno;
	} else {
		e.code = *argv[0] ? exec_search(argv, envp) : ENOENT;
	}
	strncpy(e.msg, argv[0], sizeof(e.msg) - 1);
	(void)!write(REPORT_FD, &e, sizeof(e));
	_exit(127);
}

static int status_code(int st)
{
	return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
}

/* Collect everything that ended; -1 while `child` lives, else its exit code. */
static int reap(pid_t child)
{
	int st, code = -1;
	pid_t p;

	while ((p = waitpid(-1, &st, WNOHANG)) > 0) {
		if (p == child)
			code = status_code(st);
	}
	return code;
}

static _Noreturn void init_run(char **argv, char **envp)
{
	sigset_t all, old;
	siginfo_t si;
	pid_t child;
	int code;

	prctl(PR_SET_NAME, strrchr(init_name, '/') + 1);	/* else it is the memfd's */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	child = _Fork(); /* without fork(3), whose handlers are half of the program */
	if (child < 0) {
		struct err e = { .code = errno, .msg = "fork" };

		(void)!write(REPORT_FD, &e, sizeof(e));
		_exit(127);
	}
	if (child == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid()); /* no terminal: it fails, and nothing is lost */
		sigprocmask(SIG_SETMASK, &old, NULL);
		exec_or_report(argv, envp);
	}
	close(REPORT_FD);
	for (;;) {
		int sig = sigwaitinfo(&all, &si);

		if (sig == SIGCHLD) {
			code = reap(child);
			if (code >= 0)
				_exit(code);
		} else if (sig > 0) {
			kill(child, sig);
		}
	}
}

int main(int argc, char **argv, char **envp)
{
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	if (argc < 2 || (*argv[0] && strcmp(argv[0], init_name) != 0))
		_exit(126);
	if (!*argv[0])
		exec_or_report(argv + 1, envp);
	if (argc < 3)
		_exit(127);
	init_run(argv + 2, envp);
}
