// SPDX-License-Identifier: MIT
/* The oracles are libseccomp and the rules read one by one: programs are made of random rules and
 * run over every architecture, the calls that were named and their neighbours, and arguments
 * around the values that the rules compare with. */
#include "core/kern/seccompbpf.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>

#include "build/gen/seccomp_calls.h"
#include "tests/unit/unit.h"

enum { CALLS = 6, RULES = 14, X32_BIT = 0x40000000, OFF_THE_END = 0xdead };

static uint32_t run(const struct sock_filter *f, size_t n, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0, steps = 0; pc < n && steps < 5000; pc++, steps++) {
		bool yes = false;

		switch (f[pc].code) {
		case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (const char *)d + f[pc].k, 4); continue;
		case BPF_ALU | BPF_AND | BPF_K: a &= f[pc].k; continue;
		case BPF_JMP | BPF_JA: pc += f[pc].k; continue;
		case BPF_RET | BPF_K: return f[pc].k;
		case BPF_JMP | BPF_JEQ | BPF_K: yes = a == f[pc].k; break;
		case BPF_JMP | BPF_JGE | BPF_K: yes = a >= f[pc].k; break;
		case BPF_JMP | BPF_JGT | BPF_K: yes = a > f[pc].k; break;
		case BPF_JMP | BPF_JSET | BPF_K: yes = a & f[pc].k; break;
		default:
			printf("# instruction 0x%x\n", f[pc].code);
			return OFF_THE_END;
		}
		pc += yes ? f[pc].jt : f[pc].jf;
	}
	return OFF_THE_END;
}

static unsigned seed;

static unsigned any(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

struct rule {
	int call;
	uint32_t action;
	struct seccomp_args args;
};

struct profile {
	uint32_t action;
	bool archs[SECCOMP_ARCHS_MAX];
	struct rule rules[RULES];
	unsigned n;
};

static const char *name_of(int call)
{
	return seccomp_names + seccomp_names_at[call];
}

static uint64_t any_value(void)
{
	static const uint64_t t[] = {
		0, 1, 2, 3, 40, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x100000001,
		0x7fffffffffffffff, 0x8000000000000000, UINT64_MAX, 0x7e020000,
	};

	return t[any(countof(t))];
}

static struct seccomp_args any_args(bool simple)
{
	struct seccomp_args a = { 0 };

	for (unsigned i = 0; i < SECCOMP_ARGS_MAX && a.n < 3; i++)
		if (any(3) == 0)
			a.v[a.n++] = (struct seccomp_arg){
				i, simple ? SECCOMP_EQ : any(SECCOMP_MASKED_EQ + 1), any_value(),
				any_value()
			};
	return a;
}

/* The rules of one call that have arguments have one action: what libseccomp makes of two that
 * overlap depends on its tree. */
static void any_profile(struct profile *p, bool simple)
{
	static const uint32_t actions[] = {
		SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 99, SECCOMP_RET_TRAP,
		SECCOMP_RET_LOG, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRACE | 7, SECCOMP_RET_KILL_THREAD,
	};
	static const char *const favourites[] = { "socket", "accept4", "semop", "shmat", "socketcall",
						  "ipc", "clone", "read" };
	int calls[CALLS];

	memset(p, 0, sizeof(*p));
	p->action = actions[any(countof(actions))];
	p->archs[0] = true;
	for (size_t i = 1; i < countof(seccomp_archs); i++)
		p->archs[i] = any(2);
	for (size_t i = 0; i < CALLS; i++) {
		calls[i] = any(3) ? (int)any(countof(seccomp_names_at)) :
			seccomp_call(favourites[any(countof(favourites))]);
		if (calls[i] < 0)
			calls[i] = 0;
	}
	p->n = 1 + any(RULES);
	for (unsigned i = 0; i < p->n; i++) {
		struct rule *r = &p->rules[i];

		r->call = calls[any(CALLS)];
		if (any(4))
			r->args = any_args(simple);
		r->action = actions[(unsigned)(r->args.n ? r->call : (int)any(8)) % countof(actions)];
		if (r->action == p->action)
			r->action = SECCOMP_RET_ERRNO | 50;
	}
}

/* --- both programs --- */

static void make_ours(const struct profile *p, struct seccomp_program *out)
{
	struct seccomp_rules r;

	seccomp_rules_init(&r, p->action);
	for (size_t i = 0; i < countof(seccomp_archs); i++)
		if (p->archs[i])
			seccomp_rules_arch(&r, seccomp_archs[i]);
	for (unsigned i = 0; i < p->n; i++)
		seccomp_rules_add(&r, p->rules[i].call, p->rules[i].action, &p->rules[i].args);
	CHECK_INT(seccomp_rules_make(&r, out, NULL), 0);
	seccomp_rules_release(&r);
}

static int add_theirs(scmp_filter_ctx ctx, const struct rule *r)
{
	static const enum scmp_compare ops[] = {
		[SECCOMP_NE] = SCMP_CMP_NE, [SECCOMP_LT] = SCMP_CMP_LT, [SECCOMP_LE] = SCMP_CMP_LE,
		[SECCOMP_EQ] = SCMP_CMP_EQ, [SECCOMP_GE] = SCMP_CMP_GE, [SECCOMP_GT] = SCMP_CMP_GT,
		[SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};
	struct scmp_arg_cmp a[SECCOMP_ARGS_MAX];
	int rc;

	for (unsigned i = 0; i < r->args.n; i++) {
		const struct seccomp_arg *from = &r->args.v[i];

		a[i] = (struct scmp_arg_cmp){ from->index, ops[from->op], from->value, from->masked };
	}
	rc = seccomp_rule_add_array(ctx, r->action, seccomp_syscall_resolve_name(name_of(r->call)),
				    r->args.n, a);
	if (rc < 0 && rc != -EEXIST)
		printf("# %s: %d\n", name_of(r->call), rc);
	CHECK(rc == 0 || rc == -EEXIST);
	return rc;
}

/* A call that an architecture has not becomes one with a negative number in libseccomp 2.5.4,
 * and may spoil the search: a program was seen that never loads the number. */
static bool spoils(const struct profile *p)
{
	for (unsigned i = 0; i < p->n; i++)
		for (size_t a = 0; a < countof(seccomp_archs); a++)
			if (p->archs[a] && seccomp_numbers[p->rules[i].call][a] == 0xffff)
				return true;
	return false;
}

/* 0: it does not take one of the rules beside the others: a call and the socketcall that
 * carries it can be at odds, and then the whole rule is lost. */
static size_t make_theirs(const struct profile *p, struct sock_filter *out, size_t max)
{
	/* Every action, whatever the kernel below knows: qemu-user's knows none. */
	bool all = seccomp_api_set(5) == 0;
	scmp_filter_ctx ctx = seccomp_init(p->action);
	int fd = memfd_create("theirs", 0), rc = 0;
	ssize_t n;

	CHECK(all && ctx != NULL && fd >= 0);
	for (size_t i = 1; i < countof(seccomp_archs); i++)
		if (p->archs[i])
			CHECK_INT(seccomp_arch_add(ctx, seccomp_archs[i]), 0);
	for (unsigned i = 0; i < p->n; i++)
		rc |= add_theirs(ctx, &p->rules[i]);
	CHECK_INT(seccomp_export_bpf(ctx, fd), 0);
	n = pread(fd, out, max * sizeof(*out), 0);
	close(fd);
	seccomp_release(ctx);
	CHECK(n > 0 && (size_t)n < max * sizeof(*out));
	return rc || spoils(p) ? 0 : (size_t)n / sizeof(*out);
}

/* --- and what they say --- */

struct both {
	const struct profile *p;
	struct seccomp_program ours;
	struct sock_filter theirs[4096];
	size_t theirs_n;
	size_t asked, other;	/* how often; how often the answer was not the default */
};

static void print_profile(const struct profile *p)
{
	printf("# default %x, archs %d%d%d\n", p->action, p->archs[0], p->archs[1], p->archs[2]);
	for (unsigned i = 0; i < p->n; i++) {
		printf("#   %s -> %x if", name_of(p->rules[i].call), p->rules[i].action);
		for (unsigned k = 0; k < p->rules[i].args.n; k++) {
			const struct seccomp_arg *a = &p->rules[i].args.v[k];

			printf(" [%d] op %d %llx %llx", a->index, a->op, (unsigned long long)a->value,
			       (unsigned long long)a->masked);
		}
		printf("\n");
	}
}

/* --- by definition --- */

static bool fits(const struct seccomp_arg *a, uint64_t v, bool wide)
{
	uint64_t ones = wide ? UINT64_MAX : UINT32_MAX, want = a->value & ones;

	v &= ones;
	switch (a->op) {
	case SECCOMP_NE: return v != want;
	case SECCOMP_LT: return v < want;
	case SECCOMP_LE: return v <= want;
	case SECCOMP_EQ: return v == want;
	case SECCOMP_GE: return v >= want;
	case SECCOMP_GT: return v > want;
	default: return (v & want) == (a->masked & want);
	}
}

static bool all_fit(const struct rule *r, const struct seccomp_data *d, bool wide, unsigned from)
{
	for (unsigned i = 0; i < r->args.n; i++)
		if (r->args.v[i].index >= from &&
		    !fits(&r->args.v[i], d->args[r->args.v[i].index], wide))
			return false;
	return true;
}

/* Is this the call of the rule by its own number? */
static bool named(const struct rule *r, size_t arch, uint32_t nr)
{
	uint32_t n = seccomp_numbers[r->call][arch];

	return n != 0xffff && (n & 0x8000 ? 0xf0000 + (n & 0x7fff) : n) == nr;
}

static bool carried(const struct rule *r, size_t arch, const struct seccomp_data *d)
{
	unsigned mux = seccomp_mux[r->call];

	return mux && seccomp_archs[arch] == SCMP_ARCH_X86 && d->nr == (mux < 100 ? 102 : 117) &&
	       (uint32_t)d->args[0] == mux % 100 && all_fit(r, d, false, 1);
}

static uint32_t defined(const struct profile *p, const struct seccomp_data *d)
{
	uint32_t nr = (uint32_t)d->nr, token = d->arch;
	bool wide = token & 0x80000000u;
	size_t arch = 0;

	if (token == SCMP_ARCH_X86_64 && nr == UINT32_MAX)
		return p->action;
	if (token == SCMP_ARCH_X86_64 && nr & X32_BIT) {
		token = SCMP_ARCH_X32;
		wide = false;
		nr &= ~(uint32_t)X32_BIT;
	}
	while (arch < countof(seccomp_archs) && (seccomp_archs[arch] != token || !p->archs[arch]))
		arch++;
	if (arch == countof(seccomp_archs))
		return SECCOMP_RET_KILL_THREAD;
	for (unsigned i = 0; i < p->n; i++)
		if (!p->rules[i].args.n && named(&p->rules[i], arch, nr))
			return p->rules[i].action;
	for (unsigned i = 0; i < p->n; i++)
		if ((named(&p->rules[i], arch, nr) && all_fit(&p->rules[i], d, wide, 0)) ||
		    carried(&p->rules[i], arch, d))
			return p->rules[i].action;
	return p->action;
}

/* Arguments that are what a rule compares with, or one off, or with other upper halves. */
static void near_values(const struct profile *p, __u64 args[static SECCOMP_ARGS_MAX])
{
	const struct rule *r = &p->rules[any(p->n)];

	for (unsigned i = 0; i < SECCOMP_ARGS_MAX; i++)
		args[i] = any(2) ? any_value() : any(25);
	for (unsigned i = 0; i < r->args.n; i++) {
		const struct seccomp_arg *a = &r->args.v[i];
		uint64_t v = a->op == SECCOMP_MASKED_EQ ? a->masked : a->value;

		args[a->index] = any(2) ? v : v + any(3) - 1 + ((uint64_t)any(3) << 32);
	}
}

static void ask(struct both *b, const struct seccomp_data *d)
{
	uint32_t ours = run(b->ours.insns, b->ours.n, d), want = defined(b->p, d);
	uint32_t theirs = b->theirs_n ? run(b->theirs, b->theirs_n, d) : want;

	b->asked++;
	b->other += ours != b->p->action;
	if (ours != theirs || ours != want) {
		print_profile(b->p);
		printf("# arch %x call %d (%llx %llx %llx %llx %llx %llx): %x, libseccomp %x, by the rules %x\n",
		       d->arch, d->nr, d->args[0], d->args[1], d->args[2], d->args[3], d->args[4],
		       d->args[5], ours, theirs, want);
	}
	CHECK(ours == theirs && ours == want);
}

static void ask_all(struct both *b)
{
	static const uint32_t more[] = { 0x12345678, 0 };
	struct seccomp_data d = { 0 };

	for (size_t arch = 0; arch < countof(seccomp_archs) + countof(more); arch++) {
		bool x32 = arch < countof(seccomp_archs) && seccomp_archs[arch] == SCMP_ARCH_X32;

		d.arch = arch >= countof(seccomp_archs) ? more[arch - countof(seccomp_archs)] :
			x32 ? SCMP_ARCH_X86_64 : seccomp_archs[arch];
		for (unsigned i = 0; i < 400; i++) {
			int call = any(8) ? b->p->rules[any(b->p->n)].call :
					    (int)any(countof(seccomp_names_at));
			int nr = arch < countof(seccomp_archs) ? seccomp_numbers[call][arch] : (int)any(400);

			if (nr == 0xffff)	/* muxed, perhaps */
				nr = any(2) ? 102 : 117;
			if (nr & 0x8000)
				nr = 0xf0000 + (nr & 0x7fff);
			d.nr = (nr + (any(10) ? 0 : (int)any(3) - 1)) | (x32 ? X32_BIT : 0);
			if (any(50) == 0)
				d.nr = -1;
			near_values(b->p, d.args);
			ask(b, &d);
		}
	}
}

TEST(z06_what_we_make_answers_as_what_libseccomp_makes)
{
	static struct profile p;
	static struct both b = { .p = &p };
	unsigned rounds = getenv("EMULATED") ? 20 : 1000, compared = 0;

	for (unsigned i = 1; i <= rounds; i++) {
		seed = i;
		any_profile(&p, i % 2);
		make_ours(&p, &b.ours);
		/* Two rules for one call that compare sizes libseccomp 2.5.4 mixes up at times. */
		b.theirs_n = i % 2 ? make_theirs(&p, b.theirs, countof(b.theirs)) : 0;
		compared += b.theirs_n != 0;
		ask_all(&b);
		seccomp_program_release(&b.ours);
	}
	printf("# %zu questions, %zu other than the default, %u programs of libseccomp\n", b.asked, b.other, compared);
	CHECK(b.asked > 10000 && b.other > b.asked / 10 && compared > rounds / 20);
}

/* Each comparison alone, where libseccomp has nothing to mix up. */
TEST(z06_every_comparison_is_libseccomps)
{
	static struct profile p;
	static struct both b = { .p = &p };

	unsigned compared = 0;

	for (unsigned i = 1; i <= 300; i++) {
		seed = i;
		any_profile(&p, false);
		p.n = 1;
		make_ours(&p, &b.ours);
		b.theirs_n = make_theirs(&p, b.theirs, countof(b.theirs));
		compared += b.theirs_n != 0;
		ask_all(&b);
		seccomp_program_release(&b.ours);
	}
	printf("# %u programs\n", compared);
	CHECK(compared > 100);
}

/* Every call of the table by its number, each allowed alone. */
TEST(z06_every_call_is_the_one_that_was_named)
{
	static struct profile p;
	static struct both b = { .p = &p };

	for (int call = 0; call < (int)countof(seccomp_names_at); call++) {
		struct seccomp_data d = { 0 };

		CHECK_INT(seccomp_call(name_of(call)), call);
		p = (struct profile){ .action = SECCOMP_RET_ERRNO | 1, .n = 1, .archs = { 1, 1, 1 } };
		p.rules[0] = (struct rule){ call, SECCOMP_RET_ALLOW, { 0 } };
		make_ours(&p, &b.ours);
		b.theirs_n = make_theirs(&p, b.theirs, countof(b.theirs));
		for (size_t arch = 0; arch < countof(seccomp_archs); arch++) {
			bool x32 = seccomp_archs[arch] == SCMP_ARCH_X32;

			d.arch = x32 ? SCMP_ARCH_X86_64 : seccomp_archs[arch];
			for (int nr = -1; nr < 700; nr++) {
				d.nr = nr | (x32 ? X32_BIT : 0);
				ask(&b, &d);
			}
		}
		seccomp_program_release(&b.ours);
	}
	CHECK_INT(seccomp_call("no_such_call"), -1);
	CHECK_INT(seccomp_call(""), -1);
}

TEST(a_program_longer_than_the_kernel_takes_is_refused)
{
	struct seccomp_args args = { .n = SECCOMP_ARGS_MAX };
	struct seccomp_program out = SECCOMP_INIT;
	struct seccomp_rules r;
	struct err e;
	int rc = 0;

	for (unsigned i = 0; i < SECCOMP_ARGS_MAX; i++)
		args.v[i] = (struct seccomp_arg){ i, SECCOMP_GT, 1ull << 40, 0 };
	for (size_t n = 1; rc == 0; n += 9) {
		seccomp_rules_init(&r, SECCOMP_RET_ALLOW);
		for (size_t i = 0; i < n; i++)
			seccomp_rules_add(&r, seccomp_call("read"), SECCOMP_RET_ERRNO | i, &args);
		rc = seccomp_rules_make(&r, &out, &e);
		CHECK(out.n <= 4000 && n < 2000);
		seccomp_program_release(&out);
		seccomp_rules_release(&r);
	}
	CHECK_INT(rc, -E2BIG);
	CHECK_STR(e.msg, "the program is longer than 4000 instructions");
}

UNIT_MAIN
