// SPDX-License-Identifier: MIT
#include <linux/filter.h>

#include "core/kern/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the profile says: a program that was made has jumps that stay in it and ends. */
static void check(const struct seccomp_program *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->insns[i];
		size_t far = f->jt > f->jf ? f->jt : f->jf;

		if (f->code == (BPF_JMP | BPF_JA))
			far = f->k;
		if (BPF_CLASS(f->code) == BPF_JMP && i + 1 + far >= p->n)
			__builtin_trap();
	}
	if (p->n == 0 || BPF_CLASS(p->insns[p->n - 1].code) != BPF_RET)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seccomp_program p = SECCOMP_INIT;
	uint64_t caps = size ? (uint64_t)data[0] << 18 : 0;

	if (seccomp_profile((const char *)data, size, caps, &p, NULL) == 0)
		check(&p);
	seccomp_program_release(&p);
	return 0;
}
