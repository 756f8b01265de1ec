// SPDX-License-Identifier: MIT
/* seccompjson.c - profiles for --security-opt seccomp=FILE.
 *
 * Docker's form: defaultAction, defaultErrnoRet, architectures or archMap, and syscalls, a
 * list of { names, action, errnoRet, args, includes, excludes }. includes and excludes are
 * settled here (caps, arches, minKernel); what is left goes to seccompbpf.c, which knows
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

#include <elf.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/utsname.h>

#include "core/fmt/json.h"
#include "core/kern/caps.h"
#include "core/kern/seccompbpf.h"

enum {
	SYSCALLS_MAX = 4096,	/* rules in a profile */
	NAMES_MAX = 16384,	/* names in all of them */
};

struct profile {
	struct seccomp_rules rules;
	uint64_t caps;
	size_t names;		/* so far */
};

/* --- words --------------------------------------------------------------------- */

static int action_of(const char *word, int64_t code, uint32_t *action, struct err *e)
{
	static const struct {
		const char *word;
		uint32_t action;
	} t[] = {
		{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
		{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
		{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
		{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	};

	if (code < -1 || code > 4095)
		return err_set(e, EINVAL, "errnoRet %lld is no error number", (long long)code);
	for (size_t i = 0; i < countof(t); i++)
		if (!strcmp(word, t[i].word)) {
			*action = t[i].action;
			return 0;
		}
	if (!strcmp(word, "SCMP_ACT_ERRNO"))
		*action = SECCOMP_RET_ERRNO | (uint32_t)(code < 0 ? EPERM : code);
	else if (!strcmp(word, "SCMP_ACT_TRACE"))
		*action = SECCOMP_RET_TRACE | (uint32_t)(code < 0 ? EPERM : code);
	else
		return err_set(e, EINVAL, "unknown action '%.40s'", word);
	return 0;
}

static int compare_of(const char *word, uint8_t *op, struct err *e)
{
	static const char *const words[] = {
		[SECCOMP_NE] = "NE", [SECCOMP_LT] = "LT", [SECCOMP_LE] = "LE", [SECCOMP_EQ] = "EQ",
		[SECCOMP_GE] = "GE", [SECCOMP_GT] = "GT", [SECCOMP_MASKED_EQ] = "MASKED_EQ",
	};

	for (size_t i = 0; i < countof(words); i++)
		if (!strncmp(word, "SCMP_CMP_", 9) && !strcmp(word + 9, words[i])) {
			*op = (uint8_t)i;
			return 0;
		}
	return err_set(e, EINVAL, "unknown comparison '%.40s'", word);
}

enum { ARCH_UNKNOWN, ARCH_OTHER };	/* ARCH_OTHER: one that none of our machines runs */

/* "SCMP_ARCH_X86_64", libseccomp's "x86_64" or Go's "amd64". */
static uint32_t arch_of(const char *word)
{
	static const struct {
		const char *go, *name;
		uint32_t arch;
	} t[] = {
		{ "amd64", "x86_64", AUDIT_ARCH_X86_64 },
		{ "386", "x86", AUDIT_ARCH_I386 },
		{ "arm64", "aarch64", AUDIT_ARCH_AARCH64 },
		{ "x32", "x32", EM_X86_64 | __AUDIT_ARCH_LE },
		{ "riscv64", "riscv64", AUDIT_ARCH_RISCV64 },
		{ "arm", "arm", AUDIT_ARCH_ARM },
	};
	static const char others[] =
		" s390x s390 ppc64le ppc64 ppc mips mipsle mipsel mips64 mips64le mipsel64 "
		"mips64n32 "
		"mipsel64n32 parisc parisc64 loong64 loongarch64 m68k sh sheb ";
	char lower[24] = " ";
	size_t n = 1;

	if (!strncmp(word, "SCMP_ARCH_", 10))
		word += 10;
	for (; n < sizeof(lower) - 2 && word[n - 1]; n++)
		lower[n] = word[n - 1] >= 'A' && word[n - 1] <= 'Z' ? word[n - 1] + 'a' - 'A'
								    : word[n - 1];
	for (size_t i = 0; i < countof(t); i++)
		if (!strcmp(lower + 1, t[i].go) || !strcmp(lower + 1, t[i].name))
			return t[i].arch;
	lower[n] = ' ';
	return n > 1 && strstr(others, lower) ? ARCH_OTHER : ARCH_UNKNOWN;
}

/* --- which rules count ------------------------------------------------------------ */

/* "5.10.0-8-amd64", "4" */
static bool version_of(const char *text, unsigned long *v)
{
	char *end;

	*v = strtoul(text, &end, 10) << 16;
	if (end == text)
		return false;
	if (*end == '.')
		*v += strtoul(end + 1, NULL, 10) & 0xffff;
	return true;
}

static bool kernel_is_at_least(const char *want)
{
	struct utsname u;
	unsigned long ours, wanted;

	if (uname(&u) < 0 || !version_of(u.release, &ours) || !version_of(want, &wanted))
		return true;
	return ours >= wanted;
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
	return arch_of(name) == seccomp_arch_own();
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

/* --- rules --------------------------------------------------------------------------- */

/* Numbers above 2^63 come as negative ones or as reals of the parser's; both keep their bits. */
static uint64_t number_of(const json_t *arg, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(arg, key));
}

static int read_args(const json_t *list, struct seccomp_args *args, struct err *e)
{
	const char *word;
	size_t i;
	json_t *v;
	int rc;

	*args = (struct seccomp_args){ 0 };
	if (json_array_size(list) > SECCOMP_ARGS_MAX)
		return err_set(e, EINVAL, "a rule has more than %d arguments", SECCOMP_ARGS_MAX);
	json_array_foreach(list, i, v) {
		struct seccomp_arg *a = &args->v[i];
		uint64_t index = number_of(v, "index");

		word = json_string_value(json_object_get(v, "op"));
		rc = compare_of(word ? word : "", &a->op, e);
		if (rc < 0)
			return rc;
		if (index >= SECCOMP_ARGS_MAX)
			return err_set(e, EINVAL, "argument %u of a call", (unsigned)index);
		a->index = (uint8_t)index;
		a->value = number_of(v, "value");
		a->masked = number_of(v, "valueTwo");
		args->n++;
	}
	return 0;
}

static bool one_argument_twice(const struct seccomp_args *args)
{
	for (unsigned i = 0; i < args->n; i++)
		for (unsigned k = 0; k < i; k++)
			if (args->v[i].index == args->v[k].index)
				return true;
	return false;
}

static int add_name(struct profile *p, const char *name, uint32_t action,
		    const struct seccomp_args *args, struct err *e)
{
	int call = seccomp_call(name);

	if (++p->names > NAMES_MAX)
		return err_set(e, E2BIG, "more than %d names", NAMES_MAX);
	if (call < 0)
		return 0;	/* newer than our list: it is ENOSYS or the default */
	seccomp_rules_name(&p->rules, call);
	if (action == p->rules.action)
		return 0;
	if (!one_argument_twice(args)) {
		seccomp_rules_add(&p->rules, call, action, args);
		return 0;
	}
	/* Twice the same: any of them is meant, as runc has it. */
	for (unsigned i = 0; i < args->n; i++)
		seccomp_rules_add(&p->rules, call, action,
				  &(struct seccomp_args){ .n = 1, .v = { args->v[i] } });
	return 0;
}

static int add_rule(struct profile *p, const json_t *rule, struct err *e)
{
	const char *word = json_string_value(json_object_get(rule, "action"));
	const char *single = json_string_value(json_object_get(rule, "name"));
	const json_t *names = json_object_get(rule, "names"),
		     *code = json_object_get(rule, "errnoRet");
	struct seccomp_args args;
	uint32_t action;
	size_t i;
	json_t *v;
	int rc = action_of(word ? word : "", json_is_integer(code) ? json_integer_value(code) : -1,
			   &action, e);

	if (rc == 0)
		rc = read_args(json_object_get(rule, "args"), &args, e);
	if (rc < 0 || !counts(p, rule))
		return rc;
	if (single)
		rc = add_name(p, single, action, &args, e);
	json_array_foreach(names, i, v) {
		if (rc < 0)
			break;
		if (json_is_string(v))
			rc = add_name(p, json_string_value(v), action, &args, e);
	}
	return rc;
}

static int add_arch(struct profile *p, const char *word, struct err *e)
{
	uint32_t arch = arch_of(word);

	if (arch == ARCH_UNKNOWN)
		return err_set(e, EINVAL, "unknown architecture '%.40s'", word);
	seccomp_rules_arch(&p->rules, arch);
	return 0;
}

/* The native one always; then architectures, or what archMap says goes with the native one. */
static int add_archs(struct profile *p, const json_t *doc, struct err *e)
{
	const json_t *map = json_object_get(doc, "archMap"), *sub;
	size_t i, k;
	json_t *v, *w;
	int rc = 0;

	json_array_foreach(json_object_get(doc, "architectures"), i, v)
		if (rc == 0 && json_is_string(v))
			rc = add_arch(p, json_string_value(v), e);
	json_array_foreach(map, i, v) {
		const char *main = json_string_value(json_object_get(v, "architecture"));

		if (!main || arch_of(main) != seccomp_arch_own())
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
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind != SECCOMP_RET_ALLOW && kind != SECCOMP_RET_LOG && kind != SECCOMP_RET_TRACE &&
	       action != (SECCOMP_RET_ERRNO | ENOSYS);
}

static int compile(struct profile *p, const json_t *doc, struct seccomp_program *out, struct err *e)
{
	const json_t *rules = json_object_get(doc, "syscalls");
	size_t i;
	json_t *rule;
	int rc = add_archs(p, doc, e);

	if (json_array_size(rules) > SYSCALLS_MAX)
		return err_set(e, E2BIG, "more than %d rules", SYSCALLS_MAX);
	json_array_foreach(rules, i, rule) {
		if (rc < 0)
			break;
		rc = add_rule(p, rule, e);
	}
	return rc < 0 ? rc : seccomp_rules_make(&p->rules, out, e);
}

int seccompjson_make(const char *json, size_t len, uint64_t caps, struct seccomp_program *out,
		     struct err *e)
{
	auto_json json_t *doc = json_parse(json, len, SECCOMP_PROFILE_MAX, e);
	struct profile p = { .caps = caps };
	const json_t *code = json_object_get(doc, "defaultErrnoRet");
	const char *word = json_string_value(json_object_get(doc, "defaultAction"));
	uint32_t action;
	int rc;

	if (!doc)
		return e ? err_wrap(e, "seccomp profile") : -EINVAL;
	rc = action_of(word ? word : "", json_is_integer(code) ? json_integer_value(code) : -1,
		       &action, e);
	if (rc < 0)
		return err_wrap(e, "seccomp profile");
	seccomp_rules_init(&p.rules, action);
	p.rules.newer_enosys = default_is_error(action);
	rc = compile(&p, doc, out, e);
	seccomp_rules_release(&p.rules);
	return rc < 0 ? err_wrap(e, "seccomp profile") : 0;
}
