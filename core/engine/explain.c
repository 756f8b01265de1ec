// SPDX-License-Identifier: MIT
/* explain.c - a second look, after a failure only, so it may be slow.
 *
 * What an attacker controls: the files in the layers. They are opened by root.h inside one
 * layer's tree and read as data; links from one layer to another are not followed. */
#include "core/engine/explain.h"

#include "core/fmt/program.h"
#include "core/os/root.h"
#include "core/store/layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* The first bytes of a regular file in the topmost layer that has it; their number, or 0. */
static size_t head_read(struct engine *g, const struct container *c, const char *path, char *buf,
	size_t size)
{
	bool hidden = false;

	for (size_t i = c->layers.n; i-- > 0 && !hidden;) {
		auto_close int layer = -1, fd = -1;
		struct digest d;
		struct stat st;
		ssize_t n;

		if (digest_parse(&d, c->layers.v[i], strlen(c->layers.v[i]), NULL) < 0 ||
			layer_open(g->store, &d, &layer, NULL) < 0)
			continue;
		hidden = layer_opaque(g->store, &d);
		fd = root_open(layer, path, O_RDONLY | O_NONBLOCK, 0, NULL);
		if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		n = pread(fd, buf, size, 0);
		return n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static const char *path_of(const struct container *c)
{
	const char *p = strv_value(&c->config.env, "PATH");

	return p ? p : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* The file that exec tried: as it stands, or along PATH. */
static size_t program_find(struct engine *g, const struct container *c, const char *what,
	char *buf, size_t size)
{
	if (strchr(what, '/'))
		return head_read(g, c, what, buf, size);
	for (const char *p = path_of(c), *end; *p; p = *end ? end + 1 : end) {
		auto_str struct str file = STR_INIT;
		size_t n;

		end = strchrnul(p, ':');
		str_addf(&file, "%.*s/%s", (int)(end - p), p, what);
		n = head_read(g, c, file.s, buf, size);
		if (n)
			return n;
	}
	return 0;
}

/* What the file is, as the end of the sentence; "" when nothing is wrong with it. */
static void reason(const struct program *p, int code, struct str *out)
{
	if (p->kind == PROGRAM_ELF && strcmp(p->arch, program_host_arch()) != 0 && code == ENOEXEC)
		str_addf(out, " (it is a program for %s, this host is %s)", p->arch,
			program_host_arch());
	else if (p->kind == PROGRAM_OTHER && code == ENOEXEC)
		str_puts(out, " (it is neither an ELF program nor a script with a #! line)");
	else if (p->kind == PROGRAM_ELF && code == ENOENT && *p->interp)
		str_addf(out, " (its loader %s is not in the image)", p->interp);
	else if (p->kind == PROGRAM_SCRIPT && code == ENOENT)
		str_addf(out, " (its interpreter \"%s\" is not in the image)", p->interp);
}

int explain_exec(struct engine *g, const struct container *c, const char *what, int code,
	struct err *e)
{
	auto_str struct str more = STR_INIT;
	char *head = malloc(PROGRAM_HEAD_MAX);
	struct program p = { 0 };
	size_t n = head ? program_find(g, c, what, head, PROGRAM_HEAD_MAX) : 0;

	if (n) {
		program_look(head, n, &p);
		reason(&p, code, &more);
	}
	free(head);
	if (code == ENOENT && !strchr(what, '/') && !more.len)
		err_set(e, code, "exec: \"%s\": executable file not found in $PATH", what);
	else if (code == ENOENT)
		err_set(e, code, "exec: \"%s\": stat %s: no such file or directory%s", what, what,
			more.s);
	else if (code == EACCES)
		err_set(e, code, "exec: \"%s\": permission denied", what);
	else if (code == ENOEXEC)
		err_set(e, code, "exec: \"%s\": exec format error%s", what, more.s);
	else
		err_set(e, code, "exec: \"%s\": %s", what, strerror(code));
	err_wrap(e, "unable to start container process");
	return code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}
