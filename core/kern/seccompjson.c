// SPDX-License-Identifier: MIT
/* seccompjson.c - profiles for --security-opt seccomp=FILE.
 *
 * Docker's form: defaultAction, defaultErrnoRet, architectures or archMap, and syscalls, a
 * list of { names, action, errnoRet, args, includes, excludes }. includes and excludes are
 * settled here (caps, arches, minKernel); what is left goes to libseccomp, which knows
 * the numbers. A call newer than all that the profile names is ENOSYS where the default is
 * an error, as runc has it: a profile written before a call came must not break the libc
 * that tries it.
 *
 * config SECCOMP_PROFILE
 *	bool "seccomp profiles: --security-opt seccomp=FILE"
 *	default y
 *	help
 *	  Custom seccomp profiles in Docker's JSON form. The default profile does not need this.
 */
#include "core/kern/seccompjson.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include "core/fmt/json.h"
#include "core/kern/caps.h"

enum {
	SYSCALLS_MAX = 4096,	/* rules in a profile */
	NAMES_MAX = 16384,	/* names in all of them */
	ARGS_MAX = 6,
	ARCHS_MAX = 8,
	INSNS_MAX = 4000,	/* the kernel takes 4096 */
};

struct profile {
	scmp_filter_ctx ctx;	/* owned */
	uint64_t caps;
	uint32_t archs[ARCHS_MAX];
	size_t archs_n;
	int last[ARCHS_MAX];	/* the newest call named, by arch; -1: none */
	uint32_t action;	/* the default */
	size_t names;		/* so far */
};

/* --- words --------------------------------------------------------------------- */

static int action_of(const char *word, int64_t code, uint32_t *action, struct err *e)
{
	static const struct {
		const char *word;
		uint32_t action;
	} t[] = {
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
	};

	if (code < -1 || code > 4095)
		return err_set(e, EINVAL, "errnoRet %lld is no error number", (long long)code);
	for (size_t i = 0; i < countof(t); i++)
		if (!strcmp(word, t[i].word)) {
			*action = t[i].action;
			return 0;
		}
	if (!strcmp(word, "SCMP_ACT_ERRNO"))
		*action = SCMP_ACT_ERRNO(code < 0 ? EPERM : code);
	else if (!strcmp(word, "SCMP_ACT_TRACE"))
		*action = SCMP_ACT_TRACE(code < 0 ? EPERM : code);
	else
		return err_set(e, EINVAL, "unknown action '%.40s'", word);
	return 0;
}

static int compare_of(const char *word, enum scmp_compare *op, struct err *e)
{
	static const char *const words[] = {
		[SCMP_CMP_NE] = "SCMP_CMP_NE", [SCMP_CMP_LT] = "SCMP_CMP_LT",
		[SCMP_CMP_LE] = "SCMP_CMP_LE", [SCMP_CMP_EQ] = "SCMP_CMP_EQ",
		[SCMP_CMP_GE] = "SCMP_CMP_GE", [SCMP_CMP_GT] = "SCMP_CMP_GT",
		[SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
	};

	for (size_t i = 0; i < countof(words); i++)
		if (words[i] && !strcmp(word, words[i])) {
			*op = i;
			return 0;
		}
	return err_set(e, EINVAL, "unknown comparison '%.40s'", word);
}

/* "SCMP_ARCH_X86_64" or Go's "amd64". 0 when unknown. */
static uint32_t arch_of(const char *word)
{
	static const struct {
		const char *go, *name;
	} t[] = {
		{ "amd64", "x86_64" }, { "386", "x86" }, { "arm64", "aarch64" }, { "x32", "x32" },
		{ "riscv64", "riscv64" }, { "s390x", "s390x" }, { "s390", "s390" },
		{ "ppc64le", "ppc64le" }, { "mips", "mips" }, { "mipsle", "mipsel" },
		{ "mips64", "mips64" }, { "mips64le", "mipsel64" },
	};
	char lower[24];
	size_t n = 0;

	if (!strncmp(word, "SCMP_ARCH_", 10)) {
		for (word += 10; n < sizeof(lower) - 1 && word[n]; n++)
			lower[n] = word[n] >= 'A' && word[n] <= 'Z' ? word[n] + 'a' - 'A' : word[n];
		lower[n] = 0;
		return seccomp_arch_resolve_name(lower);
	}
	for (size_t i = 0; i < countof(t); i++)
		if (!strcmp(word, t[i].go))
			return seccomp_arch_resolve_name(t[i].name);
	return seccomp_arch_resolve_name(word);
}

/* --- which rules count ------------------------------------------------------------ */

static bool kernel_is_at_least(const char *want)
{
	struct utsname u;
	int a = 0, b = 0, x = 0, y = 0;

	if (uname(&u) < 0 || sscanf(u.release, "%d.%d", &a, &b) < 2 ||
	    sscanf(want, "%d.%d", &x, &y) < 1)
		return true;
	return a > x || (a == x && b >= y);
}

/* How many of the list's words `has`; *n: how many there are. */
static size_t count(const json_t *list, size_t *n, const struct profile *p,
		    bool (*has)(const struct profile *, const char *))
{
	size_t hits = 0, i;
	json_t *v;

	*n = json_array_size(list);
	json_array_foreach(list, i, v)
		hits += json_is_string(v) && has(p, json_string_value(v));
	return hits;
}

static bool has_cap(const struct profile *p, const char *name)
{
	int n = caps_number(name);

	return n >= 0 && (p->caps & CAP_BIT(n));
}

static bool has_arch(const struct profile *p UNUSED, const char *name)
{
	return arch_of(name) == seccomp_arch_native();
}

/* includes: all the capabilities, one of the architectures, the kernel. excludes: none of it. */
static bool counts(const struct profile *p, const json_t *rule)
{
	const json_t *in = json_object_get(rule, "includes"),
		     *ex = json_object_get(rule, "excludes");
	const char *min = json_string_value(json_object_get(in, "minKernel"));
	size_t n, hits;

	hits = count(json_object_get(in, "caps"), &n, p, has_cap);
	if (hits < n)
		return false;
	hits = count(json_object_get(in, "arches"), &n, p, has_arch);
	if (n && !hits)
		return false;
	if (min && !kernel_is_at_least(min))
		return false;
	min = json_string_value(json_object_get(ex, "minKernel"));
	if (min && kernel_is_at_least(min))
		return false;
	return !count(json_object_get(ex, "caps"), &n, p, has_cap) &&
	       !count(json_object_get(ex, "arches"), &n, p, has_arch);
}

/* --- rules to libseccomp ------------------------------------------------------------ */

/* Numbers above 2^63 come as negative ones or as reals of the parser's; both keep their bits. */
static uint64_t number_of(const json_t *arg, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(arg, key));
}

static int read_args(const json_t *list, struct scmp_arg_cmp args[static ARGS_MAX], unsigned *n,
		     struct err *e)
{
	const char *word;
	size_t i;
	json_t *v;
	int rc;

	*n = 0;
	if (json_array_size(list) > ARGS_MAX)
		return err_set(e, EINVAL, "a rule has more than %d arguments", ARGS_MAX);
	json_array_foreach(list, i, v) {
		struct scmp_arg_cmp *a = &args[i];

		word = json_string_value(json_object_get(v, "op"));
		rc = compare_of(word ? word : "", &a->op, e);
		if (rc < 0)
			return rc;
		a->arg = number_of(v, "index");
		a->datum_a = number_of(v, "value");
		a->datum_b = number_of(v, "valueTwo");
		if (number_of(v, "index") >= ARGS_MAX)
			return err_set(e, EINVAL, "argument %u of a call", a->arg);
		++*n;
	}
	return 0;
}

static void note_newest(struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->archs_n; i++) {
		int nr = seccomp_syscall_resolve_name_arch(p->archs[i], name);

		if (nr > p->last[i])
			p->last[i] = nr;
	}
}

static bool one_argument_twice(const struct scmp_arg_cmp *args, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			if (args[i].arg == args[k].arg)
				return true;
	return false;
}

static int add_name(struct profile *p, const char *name, uint32_t action,
		    const struct scmp_arg_cmp *args, unsigned n, struct err *e)
{
	int nr = seccomp_syscall_resolve_name(name), rc = 0;

	if (++p->names > NAMES_MAX)
		return err_set(e, E2BIG, "more than %d names", NAMES_MAX);
	if (nr == __NR_SCMP_ERROR)
		return 0;	/* newer than our list: it is ENOSYS or the default */
	note_newest(p, name);
	if (action == p->action)
		return 0;
	/* libseccomp ands them and takes each argument once. Twice the same: any of them is
	 * meant, as runc has it. */
	if (one_argument_twice(args, n)) {
		for (unsigned i = 0; rc == 0 && i < n; i++)
			rc = seccomp_rule_add_array(p->ctx, action, nr, 1, &args[i]);
	} else {
		rc = seccomp_rule_add_array(p->ctx, action, nr, n, args);
	}
	if (rc == -EEXIST)
		return 0;
	return rc < 0 ? err_set(e, EINVAL, "rule for '%.40s': %s", name, strerror(-rc)) : 0;
}

static int add_rule(struct profile *p, const json_t *rule, struct err *e)
{
	const char *word = json_string_value(json_object_get(rule, "action"));
	const char *single = json_string_value(json_object_get(rule, "name"));
	const json_t *names = json_object_get(rule, "names"),
		     *code = json_object_get(rule, "errnoRet");
	struct scmp_arg_cmp args[ARGS_MAX];
	uint32_t action;
	unsigned n = 0;
	size_t i;
	json_t *v;
	int rc = action_of(word ? word : "", json_is_integer(code) ? json_integer_value(code) : -1,
			   &action, e);

	if (rc == 0)
		rc = read_args(json_object_get(rule, "args"), args, &n, e);
	if (rc < 0 || !counts(p, rule))
		return rc;
	if (single)
		rc = add_name(p, single, action, args, n, e);
	json_array_foreach(names, i, v) {
		if (rc < 0)
			break;
		if (json_is_string(v))
			rc = add_name(p, json_string_value(v), action, args, n, e);
	}
	return rc;
}

static int add_arch(struct profile *p, const char *word, struct err *e)
{
	uint32_t arch = arch_of(word);
	int rc;

	if (!arch)
		return err_set(e, EINVAL, "unknown architecture '%.40s'", word);
	for (size_t i = 0; i < p->archs_n; i++)
		if (p->archs[i] == arch)
			return 0;
	if (p->archs_n == ARCHS_MAX)
		return err_set(e, E2BIG, "more than %d architectures", ARCHS_MAX);
	rc = seccomp_arch_add(p->ctx, arch);
	if (rc < 0 && rc != -EEXIST)
		return rc == -EDOM ? 0 : err_set(e, EINVAL, "architecture '%.40s': %s", word,
						 strerror(-rc));	/* EDOM: other byte order */
	p->last[p->archs_n] = -1;
	p->archs[p->archs_n++] = arch;
	return 0;
}

/* The native one always; then architectures, or what archMap says goes with the native one. */
static int add_archs(struct profile *p, const json_t *doc, struct err *e)
{
	const json_t *map = json_object_get(doc, "archMap"), *sub;
	size_t i, k;
	json_t *v, *w;
	int rc = 0;

	p->archs[p->archs_n] = seccomp_arch_native();
	p->last[p->archs_n++] = -1;
	json_array_foreach(json_object_get(doc, "architectures"), i, v)
		if (rc == 0 && json_is_string(v))
			rc = add_arch(p, json_string_value(v), e);
	json_array_foreach(map, i, v) {
		const char *main = json_string_value(json_object_get(v, "architecture"));

		if (!main || arch_of(main) != seccomp_arch_native())
			continue;
		sub = json_object_get(v, "subArchitectures");
		json_array_foreach(sub, k, w)
			if (rc == 0 && json_is_string(w))
				rc = add_arch(p, json_string_value(w), e);
	}
	return rc;
}

/* --- the program --------------------------------------------------------------------- */

static bool default_is_error(uint32_t action)
{
	return action != SCMP_ACT_ALLOW && action != SCMP_ACT_LOG &&
	       (action & 0x7fff0000u) != SCMP_ACT_TRACE(0) && action != SCMP_ACT_ERRNO(ENOSYS);
}

/* In front of libseccomp's program: ENOSYS for a number past the newest that was named. */
static size_t put_unknown(const struct profile *p, struct sock_filter *f)
{
	static const struct sock_filter load_arch = BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							     offsetof(struct seccomp_data, arch));
	static const struct sock_filter load_nr = BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							   offsetof(struct seccomp_data, nr));
	static const struct sock_filter unknown = BPF_STMT(BPF_RET | BPF_K,
							   SECCOMP_RET_ERRNO | ENOSYS);
	const uint32_t x32 = 0x40000000;
	size_t n = 0;

	if (!default_is_error(p->action))
		return 0;
	for (size_t i = 0; i < p->archs_n; i++) {
		bool is_x32 = p->archs[i] == SCMP_ARCH_X32, is_64 = p->archs[i] == SCMP_ARCH_X86_64;

		if (p->last[i] < 0)
			continue;
		f[n++] = load_arch;
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						      is_x32 ? SCMP_ARCH_X86_64 : p->archs[i], 0,
						      is_x32 || is_64 ? 4 : 3);
		f[n++] = load_nr;
		if (is_64)
			f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32, 2, 0);
		if (is_x32)
			f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32, 0, 2);
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
						      (uint32_t)p->last[i], 0, 1);
		f[n++] = unknown;
	}
	return n;
}

static int export(const struct profile *p, struct seccomp_program *out, struct err *e)
{
	struct sock_filter head[ARCHS_MAX * 6];
	size_t n = put_unknown(p, head), total;
	auto_close int fd = memfd_create("seccomp", MFD_CLOEXEC);
	off_t len;

	if (fd < 0 || seccomp_export_bpf(p->ctx, fd) < 0)
		return err_sys(e, "make the seccomp program");
	len = lseek(fd, 0, SEEK_END);
	total = n + len / sizeof(*head);
	if (len < 0 || total > INSNS_MAX)
		return err_set(e, E2BIG, "the program is longer than %d instructions", INSNS_MAX);
	out->insns = malloc(total * sizeof(*head));
	if (!out->insns)
		abort();
	memcpy(out->insns, head, n * sizeof(*head));
	if (pread(fd, out->insns + n, len, 0) != len) {
		int rc = err_sys(e, "read the seccomp program");

		seccomp_program_release(out);
		return rc;
	}
	out->n = total;
	return 0;
}

static int compile(struct profile *p, const json_t *doc, struct seccomp_program *out, struct err *e)
{
	const json_t *rules = json_object_get(doc, "syscalls");
	size_t i;
	json_t *rule;
	int rc = add_archs(p, doc, e);

	(void)seccomp_attr_set(p->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);	/* a search tree */
	if (json_array_size(rules) > SYSCALLS_MAX)
		return err_set(e, E2BIG, "more than %d rules", SYSCALLS_MAX);
	json_array_foreach(rules, i, rule) {
		if (rc < 0)
			break;
		rc = add_rule(p, rule, e);
	}
	return rc < 0 ? rc : export(p, out, e);
}

int seccompjson_make(const char *json, size_t len, uint64_t caps, struct seccomp_program *out,
		     struct err *e)
{
	auto_json json_t *doc = json_parse(json, len, SECCOMP_PROFILE_MAX, e);
	struct profile p = { .caps = caps };
	const json_t *code = json_object_get(doc, "defaultErrnoRet");
	const char *word = json_string_value(json_object_get(doc, "defaultAction"));
	int rc;

	if (!doc)
		return e ? err_wrap(e, "seccomp profile") : -EINVAL;
	rc = action_of(word ? word : "", json_is_integer(code) ? json_integer_value(code) : -1,
		       &p.action, e);
	if (rc < 0)
		return err_wrap(e, "seccomp profile");
	p.ctx = seccomp_init(p.action);
	if (!p.ctx)
		return err_set(e, EINVAL,
			       "seccomp profile: libseccomp does not take its default action");
	rc = compile(&p, doc, out, e);
	seccomp_release(p.ctx);
	return rc < 0 ? err_wrap(e, "seccomp profile") : 0;
}
