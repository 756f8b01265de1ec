// SPDX-License-Identifier: MIT
/* cgroupbpf.c - the device list as a program for a v2 group (Z21).
 *
 * v2 has no devices controller: a program of type CGROUP_DEVICE says 1 or 0 for each
 * open and mknod. Its context is three words: access << 16 | kind, major, minor. The
 * rules are tried in order; none that fits means no. */
#include "core/kern/cgroupbpf.h"

#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { RULES_MAX = 512, INSNS_PER_RULE = 8 };

struct program {
	struct bpf_insn v[RULES_MAX * INSNS_PER_RULE + 16];
	size_t n;
};

static void add(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->v[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm,
	};
}

/* r2 access, r3 kind, r4 major, r5 minor */
static void prologue(struct program *p)
{
	add(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, 0, 0);
	add(p, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
	add(p, BPF_ALU | BPF_AND | BPF_K, BPF_REG_3, 0, 0, 0xffff);
	add(p, BPF_ALU | BPF_RSH | BPF_K, BPF_REG_2, 0, 0, 16);
	add(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_1, 4, 0);
	add(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_5, BPF_REG_1, 8, 0);
}

static void answer(struct program *p, int yes)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, yes);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int32_t access_bits(uint8_t access)
{
	return (access & DEVICE_READ ? BPF_DEVCG_ACC_READ : 0) |
	       (access & DEVICE_WRITE ? BPF_DEVCG_ACC_WRITE : 0) |
	       (access & DEVICE_MKNOD ? BPF_DEVCG_ACC_MKNOD : 0);
}

static void add_rule(struct program *p, const struct device_rule *r)
{
	size_t start = p->n;

	if (r->type != 'a')
		add(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, 0,
		    r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (access_bits(r->access) !=
	    (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD)) {
		/* anything asked for that the rule does not give: the next rule */
		add(p, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
		add(p, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, ~access_bits(r->access));
		add(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 0, 0);
	}
	if (r->major != DEVICE_ANY)
		add(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_4, 0, 0, (int32_t)r->major);
	if (r->minor != DEVICE_ANY)
		add(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_5, 0, 0, (int32_t)r->minor);
	answer(p, 1);
	for (size_t i = start; i < p->n; i++)
		if (p->v[i].code == (BPF_JMP | BPF_JNE | BPF_K))
			p->v[i].off = (int16_t)(p->n - i - 1);
}

static int load(const struct program *p)
{
	static const char license[] = "MIT";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)p->v,
		.insn_cnt = p->n,
		.license = (uintptr_t)license,
	};
	struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY }, old;
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	/* Before 5.11 a program counts as locked memory. */
	if (fd < 0 && errno == EPERM && getrlimit(RLIMIT_MEMLOCK, &old) == 0 &&
	    setrlimit(RLIMIT_MEMLOCK, &more) == 0) {
		fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
		(void)setrlimit(RLIMIT_MEMLOCK, &old);
	}
	return fd < 0 ? -errno : fd;
}

int cgroupbpf_load(const struct device_rule *rules, size_t n, struct err *e)
{
	struct program *p;
	int fd;

	if (n > RULES_MAX)
		return err_set(e, E2BIG, "more than %d device rules", RULES_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		abort();
	prologue(p);
	for (size_t i = 0; i < n; i++)
		add_rule(p, &rules[i]);
	answer(p, 0);
	fd = load(p);
	free(p);
	errno = fd < 0 ? -fd : 0;
	return fd < 0
		? err_sys(e, "load the device program (needs CONFIG_CGROUP_BPF in the kernel)")
		: fd;
}

int cgroupbpf_attach(int cgroup, int program, struct err *e)
{
	union bpf_attr attr = {
		.target_fd = cgroup,
		.attach_bpf_fd = program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0)
		return err_sys(e, "attach the device program");
	return 0;
}
