// SPDX-License-Identifier: MIT
#include "core/kern/seccompbpf.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "build/gen/seccomp_calls.h"

enum {
	INSNS_MAX = 4000,	/* the kernel takes 4096 */
	NO_CALL = 0xffff,	/* in the table of numbers */
	ARM_PRIVATE = 0x8000,	/* in it: 0xf0000 + the rest */
	IPC = 100,		/* in the table of muxed calls: ipc's, else socketcall's */
};
#define X32_BIT		0x40000000u
#define ARCH_X86	0x40000003u
#define ARCH_X86_64	0xc000003eu
#define ARCH_X32	0x4000003eu
#define ARCH_64BIT	0x80000000u
#define UNKNOWN		(SECCOMP_RET_ERRNO | ENOSYS)

_Static_assert(countof(seccomp_archs) <= SECCOMP_ARCHS_MAX, "architectures of a machine");

struct seccomp_rule {
	struct seccomp_rule *next;
	uint32_t nr, action;
	size_t order;
	const struct seccomp_args *args;	/* n 0: any */
};

/* --- the tables -------------------------------------------------------------- */

uint32_t seccomp_arch_own(void)
{
	return seccomp_archs[0];
}

int seccomp_call(const char *name)
{
	size_t low = 0, high = countof(seccomp_names_at);

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(name, seccomp_names + seccomp_names_at[mid]);

		if (order == 0)
			return (int)mid;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

static int call_number(int call, size_t arch)
{
	unsigned n = seccomp_numbers[call][arch];

	if (n == NO_CALL)
		return -1;
	return (int)(n & ARM_PRIVATE ? 0xf0000 + (n & ~ARM_PRIVATE) : n);
}

/* --- rules -------------------------------------------------------------------- */

void seccomp_rules_init(struct seccomp_rules *r, uint32_t action)
{
	*r = (struct seccomp_rules){ .action = action };
	for (size_t i = 0; i < countof(r->archs); i++) {
		r->archs[i].end = &r->archs[i].first;
		r->archs[i].newest = -1;
	}
	r->archs[0].on = true;
}

void seccomp_rules_release(struct seccomp_rules *r)
{
	arena_release(&r->mem);
	*r = (struct seccomp_rules){ 0 };
}

void seccomp_rules_arch(struct seccomp_rules *r, uint32_t arch)
{
	for (size_t i = 0; i < countof(seccomp_archs); i++)
		r->archs[i].on |= seccomp_archs[i] == arch;
}

void seccomp_rules_name(struct seccomp_rules *r, int call)
{
	for (size_t i = 0; i < countof(seccomp_archs); i++)
		if (call_number(call, i) > r->archs[i].newest)
			r->archs[i].newest = call_number(call, i);
}

static void add(struct seccomp_rules *r, size_t arch, int nr, uint32_t action,
		const struct seccomp_args *args)
{
	struct seccomp_rule *rule;

	if (nr < 0)
		return;
	if (nr > r->archs[arch].newest)
		r->archs[arch].newest = nr;
	rule = arena_get(&r->mem, sizeof(*rule));
	*rule = (struct seccomp_rule){ .nr = (uint32_t)nr, .action = action, .args = args };
	*r->archs[arch].end = rule;
	r->archs[arch].end = &rule->next;
}

/* The same rule for the call that carries it: its number is the first argument. */
static void add_muxed(struct seccomp_rules *r, size_t arch, unsigned mux, uint32_t action,
		      const struct seccomp_args *args)
{
	const struct seccomp_arg which = { 0, SECCOMP_EQ, mux % IPC, 0 };
	struct seccomp_args *with = arena_get(&r->mem, sizeof(*with));

	with->v[with->n++] = which;
	for (unsigned i = 0; i < args->n && with->n < SECCOMP_ARGS_MAX; i++)
		if (args->v[i].index != 0)
			with->v[with->n++] = args->v[i];
	add(r, arch, call_number(seccomp_call(mux < IPC ? "socketcall" : "ipc"), arch), action,
	    with);
}

void seccomp_rules_add(struct seccomp_rules *r, int call, uint32_t action,
		       const struct seccomp_args *args)
{
	struct seccomp_args *own = arena_get(&r->mem, sizeof(*own));

	*own = *args;
	for (size_t i = 0; i < countof(seccomp_archs); i++) {
		if (!r->archs[i].on)
			continue;
		if (seccomp_archs[i] == ARCH_X86 && seccomp_mux[call])
			add_muxed(r, i, seccomp_mux[call], action, own);
		add(r, i, call_number(call, i), action, own);
	}
}

/* --- instructions --------------------------------------------------------------- */

struct maker {
	struct sock_filter *insns;	/* INSNS_MAX + 1 of them */
	size_t n;
	bool full;
	bool wide;		/* arguments have 64 bits */
};

static size_t emit(struct maker *m, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
	if (m->n == INSNS_MAX) {
		m->full = true;
		return m->n;
	}
	m->insns[m->n] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
	return m->n++;
}

static void load(struct maker *m, size_t offset)
{
	emit(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct maker *m, uint32_t k)
{
	emit(m, BPF_RET | BPF_K, k, 0, 0);
}

/* A jump of any length, whose length is set by land(). */
static size_t leave(struct maker *m)
{
	return emit(m, BPF_JMP | BPF_JA, 0, 0, 0);
}

static void land(struct maker *m, size_t at)
{
	m->insns[at].k = (uint32_t)(m->n - at - 1);
}

/* Every machine here is little-endian. */
static void load_half(struct maker *m, unsigned arg, bool high)
{
	load(m, offsetof(struct seccomp_data, args[0]) + arg * 8 + (high ? 4 : 0));
}

/* One argument: falls through when it fits, else goes to the jump that stands at its end, which
 * is where the next rule is tried. `yes` and `no` count from the end of this test. */
static void test(struct maker *m, const struct seccomp_arg *a)
{
	uint32_t high = (uint32_t)(a->value >> 32), low = (uint32_t)a->value;
	bool less = a->op == SECCOMP_LT || a->op == SECCOMP_LE;
	uint16_t cmp = a->op == SECCOMP_GE || a->op == SECCOMP_LT ? BPF_JGE : BPF_JGT;
	size_t no = 0, yes = 1;	/* behind the last test: the jump away, and what follows it */

	switch (a->op) {
	case SECCOMP_EQ:
	case SECCOMP_NE:
		if (a->op == SECCOMP_NE) {
			no = 1;
			yes = 0;
		}
		if (m->wide) {
			load_half(m, a->index, true);
			emit(m, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2 + no);
		}
		load_half(m, a->index, false);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, low, yes, no);
		break;
	case SECCOMP_MASKED_EQ:
		if (m->wide) {
			load_half(m, a->index, true);
			emit(m, BPF_ALU | BPF_AND | BPF_K, high, 0, 0);
			emit(m, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(a->masked >> 32) & high, 0,
			     3);
		}
		load_half(m, a->index, false);
		emit(m, BPF_ALU | BPF_AND | BPF_K, low, 0, 0);
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)a->masked & low, yes, no);
		break;
	default:	/* "less" is that "greater" is not so */
		if (less) {
			no = 1;
			yes = 0;
		}
		if (m->wide) {
			load_half(m, a->index, true);
			emit(m, BPF_JMP | BPF_JGT | BPF_K, high, 3 + yes, 0);
			emit(m, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2 + no);
		}
		load_half(m, a->index, false);
		emit(m, BPF_JMP | cmp | BPF_K, low, yes, no);
	}
}

static void emit_rule(struct maker *m, const struct seccomp_rule *r)
{
	size_t away[SECCOMP_ARGS_MAX];

	for (unsigned i = 0; i < r->args->n; i++) {
		test(m, &r->args->v[i]);
		away[i] = leave(m);
	}
	answer(m, r->action);
	for (unsigned i = 0; i < r->args->n && !m->full; i++)
		land(m, away[i]);
}

/* --- the tree ----------------------------------------------------------------------- */

/* Numbers with one answer: from `first` to where the next range begins. */
struct range {
	uint32_t first, action;
	const struct seccomp_rule *const *rules;	/* n of them to be tried before; borrowed */
	size_t n;
};

static void add_range(struct range *v, size_t *n, struct range r)
{
	if (*n && v[*n - 1].first == r.first)
		--*n;		/* the one before was empty */
	if (*n && !v[*n - 1].n && !r.n && v[*n - 1].action == r.action)
		return;
	v[(*n)++] = r;
}

static void emit_leaf(struct maker *m, const struct range *r)
{
	for (size_t i = 0; i < r->n; i++)
		emit_rule(m, r->rules[i]);
	answer(m, r->action);
}

/* A binary search; the accumulator holds the number. */
static void emit_tree(struct maker *m, const struct range *v, size_t n)
{
	size_t jump, far, half = n / 2;

	if (m->full)
		return;
	if (n == 1) {
		emit_leaf(m, v);
		return;
	}
	jump = emit(m, BPF_JMP | BPF_JGE | BPF_K, v[half].first, 0, 1);
	far = leave(m);
	emit_tree(m, v, half);
	if (m->full)
		return;
	land(m, far);
	if (m->n - far - 1 <= 255) {	/* near: without the long jump */
		memmove(&m->insns[far], &m->insns[far + 1], (m->n - far - 1) * sizeof(*m->insns));
		m->n--;
		m->insns[jump].jt = (uint8_t)(m->n - jump - 1);
		m->insns[jump].jf = 0;
	}
	emit_tree(m, v + half, n - half);
}

static int by_number(const void *a, const void *b)
{
	const struct seccomp_rule *x = *(const struct seccomp_rule *const *)a,
				  *y = *(const struct seccomp_rule *const *)b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* The rules of one number as a range. */
static struct range decide(const struct seccomp_rules *r, const struct seccomp_rule **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i]->args->n == 0)
			return (struct range){ v[0]->nr, v[i]->action, NULL, 0 };
	return (struct range){ v[0]->nr, r->action, v, n };
}

/* `base` is the bit that x32 has in its numbers. */
static void emit_arch(struct maker *m, struct seccomp_rules *r, size_t arch, uint32_t base)
{
	const struct seccomp_rule **v;
	struct range *ranges;
	size_t n = 0, ranges_n = 0, group;

	for (struct seccomp_rule *i = r->archs[arch].first; i; i = i->next)
		i->order = n++;
	v = arena_get(&r->mem, (n + 1) * sizeof(*v));
	ranges = arena_get(&r->mem, (2 * n + 3) * sizeof(*ranges));
	n = 0;
	for (struct seccomp_rule *i = r->archs[arch].first; i; i = i->next)
		v[n++] = i;
	qsort(v, n, sizeof(*v), by_number);
	add_range(ranges, &ranges_n, (struct range){ 0, r->action, NULL, 0 });
	for (size_t i = 0; i < n; i += group) {
		for (group = 1; i + group < n && v[i + group]->nr == v[i]->nr; group++)
			;
		add_range(ranges, &ranges_n, decide(r, v + i, group));
		add_range(ranges, &ranges_n, (struct range){ v[i]->nr + 1, r->action, NULL, 0 });
	}
	if (r->newer_enosys && r->archs[arch].newest >= 0)
		add_range(ranges, &ranges_n, (struct range){ (uint32_t)r->archs[arch].newest + 1,
							     UNKNOWN, NULL, 0 });
	for (size_t i = 0; base && i < ranges_n; i++)
		ranges[i].first += base;
	m->wide = seccomp_archs[arch] & ARCH_64BIT;
	emit_tree(m, ranges, ranges_n);
}

/* x86_64 and x32 are one architecture to the kernel. -1 is a call that a tracer took away: it
 * must not be killed. */
static void emit_x86_64(struct maker *m, struct seccomp_rules *r, size_t x32)
{
	size_t far;

	emit(m, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	far = leave(m);
	emit_arch(m, r, 0, 0);
	if (m->full)
		return;
	land(m, far);
	emit(m, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1);
	answer(m, r->action);
	if (r->archs[x32].on)
		emit_arch(m, r, x32, X32_BIT);
	else
		answer(m, SECCOMP_RET_KILL_THREAD);
}

static void emit_all(struct maker *m, struct seccomp_rules *r)
{
	load(m, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < countof(seccomp_archs) && !m->full; i++) {
		size_t far;

		if (!r->archs[i].on || seccomp_archs[i] == ARCH_X32)
			continue;
		emit(m, BPF_JMP | BPF_JEQ | BPF_K, seccomp_archs[i], 1, 0);
		far = leave(m);
		load(m, offsetof(struct seccomp_data, nr));
		if (seccomp_archs[i] == ARCH_X86_64)
			emit_x86_64(m, r, 2);
		else
			emit_arch(m, r, i, 0);
		if (!m->full)
			land(m, far);
	}
	answer(m, SECCOMP_RET_KILL_THREAD);
}

int seccomp_rules_make(struct seccomp_rules *r, struct seccomp_program *out, struct err *e)
{
	struct maker m = { 0 };

	m.insns = arena_get(&r->mem, (INSNS_MAX + 1) * sizeof(*m.insns));
	emit_all(&m, r);
	if (m.full)
		return err_set(e, E2BIG, "the program is longer than %d instructions", INSNS_MAX);
	*out = (struct seccomp_program)SECCOMP_INIT;
	out->insns = malloc(m.n * sizeof(*m.insns));
	if (!out->insns)
		abort();
	memcpy(out->insns, m.insns, m.n * sizeof(*m.insns));
	out->n = (unsigned short)m.n;
	return 0;
}
