// SPDX-License-Identifier: MIT
/* top.c - who is in a container.
 *
 * Facts come from the control group and /proc alone; no namespace is entered and nothing
 * is executed, least of all a ps of the container's own (Z108). A number is only believed when
 * it is in the group before and after its process was read: in between it may have been given to
 * another process of the machine (Z11). */
#include "core/engine/top.h"

#include "core/engine/cgpath.h"
#include "core/engine/event.h"
#include "core/kern/process.h"

int top_pids(struct engine *g, const struct container_state *st, pid_t **pids, size_t *n,
	     struct err *e)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	char path[CGROUP_PATH_MAX];
	int rc;

	cgpath_find(g->store, st->id, path);
	rc = cgroup_open(&cg, path, e);
	if (rc >= 0)
		rc = cg.mode == CGROUP_NONE ? -ENOENT : cgroup_pids(&cg, pids, n, NULL);
	if (rc < 0 && rc != -EINVAL)
		rc = process_family(st->pid, pids, n, e);
	return rc;
}

/* Docker cuts the line at blanks, and gives the last column the rest. */
static void cut(const char *line, size_t columns, struct strv *out, struct arena *mem)
{
	auto_str struct str last = STR_INIT;

	for (line += strspn(line, " "); *line; line += strspn(line, " ")) {
		size_t n = strcspn(line, " ");

		if (out->n + 1 < columns)
			strv_add(out, strv_dup(line, n, mem), mem);
		else
			str_addf(&last, "%s%.*s", last.len ? " " : "", (int)n, line);
		line += n;
	}
	strv_add(out, strv_dup(last.s, last.len, mem), mem);
}

static int titles_make(const struct ps_format *f, struct top *out, struct arena *mem,
		       struct err *e)
{
	auto_str struct str head = STR_INIT;
	size_t words = 0;

	ps_format_head(f, &head);
	for (const char *at = head.s + strspn(head.s, " "); *at; words++) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	if (words)
		cut(head.s, words, &out->titles, mem);
	return strv_has(&out->titles, "PID") ? 0 :
		err_set(e, EINVAL, "Couldn't find PID field in ps output");
}

static bool is_among(pid_t pid, const pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

static void sort(const struct ps_format *f, struct ps_process *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {	/* /proc's order is nearly sorted */
		struct ps_process one = list[i];
		size_t k = i;

		for (; k > 0 && ps_format_compare(f, &list[k - 1], &one) > 0; k--)
			list[k] = list[k - 1];
		list[k] = one;
	}
}

static int processes(struct engine *g, const struct container_state *st, struct ps_process **list,
		     struct err *e)
{
	struct process_names names = PROCESS_NAMES_INIT;
	auto_free pid_t *before = NULL, *after = NULL;
	size_t n = 0, m = 0;
	int kept = 0, rc = top_pids(g, st, &before, &n, e);

	if (rc < 0)
		return rc;
	process_names_read(&names);
	*list = arena_get(g->mem, (n + 1) * sizeof(**list));
	for (size_t i = 0; i < n; i++)
		kept += process_read(before[i], &names, &(*list)[kept], g->mem) == 0;
	process_names_release(&names);
	rc = top_pids(g, st, &after, &m, e);
	n = (size_t)kept;
	kept = 0;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (is_among((*list)[i].pid, after, m))
			(*list)[kept++] = (*list)[i];
	}
	return rc < 0 ? rc : kept;
}

int engine_top(struct engine *g, const char *id, const struct strv *options, struct top *out,
	       struct err *e)
{
	struct container_state st;
	struct ps_process *list;
	struct ps_machine machine;
	struct ps_format f;
	int n, rc = container_state_load(g->store, id, &st, g->mem, e);

	*out = (struct top){ .n = 0 };
	if (rc < 0)
		return rc;
	if (st.status != CONTAINER_RUNNING && st.status != CONTAINER_PAUSED)
		return err_set(e, EBUSY, "Container %s is %s", id,
			       st.status == CONTAINER_RESTARTING ?
				       "restarting, wait until the container is running" :
				       "not running");
	rc = ps_format_parse(options, &f, e);
	if (rc >= 0)
		rc = titles_make(&f, out, g->mem, e);
	rc = n = rc < 0 ? rc : processes(g, &st, &list, e);
	if (rc < 0)
		return rc;
	sort(&f, list, (size_t)n);
	process_machine(&machine);
	out->row = arena_get(g->mem, ((size_t)n + 1) * sizeof(*out->row));
	for (int i = 0; i < n; i++) {
		auto_str struct str line = STR_INIT;

		ps_format_line(&f, &list[i], &machine, &line);
		out->row[i] = (struct top_row){ .cells = { 0 } };
		cut(line.s, out->titles.n, &out->row[i].cells, g->mem);
	}
	out->n = (size_t)n;
	event_of(g->store, id, "top");
	return 0;
}
