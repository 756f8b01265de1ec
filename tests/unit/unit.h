// SPDX-License-Identifier: MIT
/* unit.h - a unit test file: TEST(what_must_hold) { CHECK...; } and UNIT_MAIN.
 *
 * Each test runs in a child of its own with 180 s to live (300 under qemu), so a crash, a leak of
 * state or a hang is that test's failure alone. Output is TAP. What another process does is waited
 * for (AWAIT, a pipe), never slept for: a machine may stand still for seconds anywhere. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

#define TEST(name) \
	static void name(void); \
	static const struct unit_test unit_##name \
	__attribute__((used, retain, section("unit_tests"), aligned(sizeof(void *)))) = { #name, name }; \
	static void name(void)

#define CHECK(cond) \
	do { \
		if (!(cond)) { \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)
#define CHECK_INT(got, want) \
	do { \
		long long got_ = (got), want_ = (want); \
		if (got_ != want_) { \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, want_); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)
#define CHECK_STR(got, want) \
	do { \
		const char *got_ = (got), *want_ = (want); \
		if (strcmp(got_, want_) != 0) { \
			printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, got_, want_); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)
/* Until `cond` holds; a minute without it is a failure. */
#define AWAIT(cond) \
	do { \
		for (int left_ = 12000; !(cond); left_--) { \
			if (!left_) \
				printf("# waited for this:\n"); \
			CHECK(left_ || (cond)); \
			usleep(5000); \
		} \
	} while (0)
#define SKIP(why) \
	do { \
		printf("# skip: %s\n", why); \
		fflush(stdout); \
		_exit(77); \
	} while (0)

/* For what qemu-user lacks though the kernel below it has it (tests/run.sh sets EMULATED). */
#define SKIP_EMULATED(why) \
	do { \
		if (getenv("EMULATED")) \
			SKIP(why); \
	} while (0)

/* For what the sanitizers' own system calls would trip over. */
#ifdef __SANITIZE_ADDRESS__
#define SKIP_SANITIZED(why)	SKIP(why)
#else
#define SKIP_SANITIZED(why)	((void)0)
#endif

extern const struct unit_test __start_unit_tests[], __stop_unit_tests[];

#define UNIT_MAIN \
	int main(void) \
	{ \
		int bad = 0, i = 0; \
		printf("1..%d\n", (int)(__stop_unit_tests - __start_unit_tests)); \
		for (const struct unit_test *t = __start_unit_tests; t < __stop_unit_tests; t++) { \
			int st; \
			fflush(stdout); \
			if (!fork()) { \
				alarm(getenv("EMULATED") ? 300 : 180); \
				t->run(); \
				_exit(0); \
			} \
			wait(&st); \
			bad |= st && !(WIFEXITED(st) && WEXITSTATUS(st) == 77); \
			printf("%s %d - %s%s\n", st && !(WIFEXITED(st) && WEXITSTATUS(st) == 77) ? "not ok" : "ok", \
			       ++i, t->name, WIFEXITED(st) && WEXITSTATUS(st) == 77 ? " # SKIP" : ""); \
		} \
		return bad; \
	}
