// SPDX-License-Identifier: MIT
#include "core/os/idle.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	SPANS_MAX = 16, /* a static program has three; what is more stays */
	SELF_BYTES = 1024, /* more than idle_here's code */
};

struct span {
	uintptr_t from;
	size_t len;
};

struct spans {
	struct span v[SPANS_MAX];
	int n;
	uintptr_t page; /* bytes */
};

/* A system call from here, not from the libc: that would bring its pages back. */
#if defined(__aarch64__) || defined(__riscv)
#ifdef __riscv
#define CALL "ecall"
#define NUMBER "a7"
#define ARG(n) "a" #n
#else
#define CALL "svc 0"
#define NUMBER "x8"
#define ARG(n) "x" #n
#endif
static inline __attribute__((always_inline)) long call(long number, uintptr_t a, uintptr_t b,
	long c, long d, long e, long f)
{
	register long nr __asm__(NUMBER) = number;
	register long r0 __asm__(ARG(0)) = (long)a;
	register long r1 __asm__(ARG(1)) = (long)b;
	register long r2 __asm__(ARG(2)) = c;
	register long r3 __asm__(ARG(3)) = d;
	register long r4 __asm__(ARG(4)) = e;
	register long r5 __asm__(ARG(5)) = f;

	__asm__ volatile(CALL
			 : "+r"(r0)
			 : "r"(nr), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
			 : "memory");
	return r0;
}
#elif defined(__x86_64__)
static inline __attribute__((always_inline)) long call(long number, uintptr_t a, uintptr_t b,
	long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return number;
}
#else
static long call(long number, uintptr_t a, uintptr_t b, long c, long d, long e, long f)
{
	long rc = syscall(number, a, b, c, d, e, f);

	return rc < 0 ? -errno : rc;
}
#endif

static uintptr_t page_of(const struct spans *s, uintptr_t at)
{
	return at & ~(s->page - 1);
}

/* What is only read of the program and its libraries. */
static int spans_note(struct dl_phdr_info *i, size_t size UNUSED, void *arg)
{
	struct spans *s = arg;

	for (int k = 0; k < i->dlpi_phnum && s->n < SPANS_MAX; k++) {
		const ElfW(Phdr) *p = &i->dlpi_phdr[k];
		uintptr_t at = i->dlpi_addr + p->p_vaddr, from = page_of(s, at);

		if (p->p_type == PT_LOAD && !(p->p_flags & PF_W))
			s->v[s->n++] = (struct span){ from, at + p->p_memsz - from };
	}
	return 0;
}

/* Everything from here to the wait's return is in this function. */
static __attribute__((noinline)) int idle_here(const struct spans *s, int epfd,
	struct epoll_event *events, int n, int timeout_ms)
{
	for (int i = 0; i < s->n; i++)
		call(SYS_madvise, s->v[i].from, s->v[i].len, MADV_DONTNEED, 0, 0, 0);
	return (int)call(SYS_epoll_pwait, (uintptr_t)epfd, (uintptr_t)events, n, timeout_ms, 0, 8);
}

int idle_wait(int epfd, struct epoll_event *events, int n, int timeout_ms)
{
	struct spans s = { .page = (uintptr_t)sysconf(_SC_PAGESIZE) };
	uintptr_t self = page_of(&s, (uintptr_t)idle_here);
	uintptr_t end = page_of(&s, (uintptr_t)idle_here + SELF_BYTES) + s.page;

	dl_iterate_phdr(spans_note, &s);
	/* Code of another habit than its neighbours is a mapping of its own, and the kernel maps
	 * around a fault no further than its mapping. */
	madvise((void *)self, end - self, MADV_RANDOM);
	return idle_here(&s, epfd, events, n, timeout_ms);
}
