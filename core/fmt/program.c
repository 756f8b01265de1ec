// SPDX-License-Identifier: MIT
#include "core/fmt/program.h"

#include <elf.h>
#include <stdio.h>

static const struct {
	uint16_t machine;
	uint8_t class, data; /* 0: any */
	const char *arch;
} machines[] = {
	{ EM_X86_64, 0, 0, "amd64" },
	{ EM_386, 0, 0, "386" },
	{ EM_AARCH64, 0, 0, "arm64" },
	{ EM_ARM, 0, 0, "arm" },
	{ EM_RISCV, ELFCLASS64, 0, "riscv64" },
	{ EM_PPC64, 0, ELFDATA2LSB, "ppc64le" },
	{ EM_PPC64, 0, ELFDATA2MSB, "ppc64" },
	{ EM_S390, ELFCLASS64, 0, "s390x" },
	{ EM_MIPS, ELFCLASS64, ELFDATA2LSB, "mips64le" },
	{ EM_MIPS, ELFCLASS64, ELFDATA2MSB, "mips64" },
	{ EM_MIPS, ELFCLASS32, ELFDATA2LSB, "mipsle" },
	{ EM_MIPS, ELFCLASS32, ELFDATA2MSB, "mips" },
	{ 258, ELFCLASS64, 0, "loong64" },
};

/* A number of n bytes at `at`, in the file's byte order; 0 past the end. */
static uint64_t get(const unsigned char *b, size_t len, bool little, size_t at, size_t n)
{
	uint64_t v = 0;

	if (at > len || n > len - at)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | b[little ? at + n - 1 - i : at + i];
	return v;
}

static void arch_set(struct program *p, unsigned machine, uint8_t class, uint8_t data)
{
	for (size_t i = 0; i < countof(machines); i++) {
		if (machines[i].machine != machine ||
		    (machines[i].class && machines[i].class != class) ||
		    (machines[i].data && machines[i].data != data))
			continue;
		snprintf(p->arch, sizeof(p->arch), "%s", machines[i].arch);
		return;
	}
	snprintf(p->arch, sizeof(p->arch), "machine %u", machine);
}

/* Text of at most PROGRAM_INTERP_MAX bytes up to `end` or any byte of `stop`. */
static void interp_set(struct program *p, const unsigned char *s, size_t n, const char *stop)
{
	size_t i;

	for (i = 0; i < n && i < PROGRAM_INTERP_MAX && s[i] && !strchr(stop, s[i]); i++)
		p->interp[i] = (char)s[i];
	p->interp[i] = 0;
}

/* Offsets of ELF-32 and ELF-64 (elf(5)): e_phoff, e_phentsize, p_offset, p_filesz. */
static void elf_look(const unsigned char *b, size_t len, struct program *p)
{
	bool little = b[EI_DATA] != ELFDATA2MSB, wide = b[EI_CLASS] == ELFCLASS64;
	size_t word = wide ? 8 : 4;
	uint64_t table = get(b, len, little, wide ? 32 : 28, word);
	uint64_t size = get(b, len, little, wide ? 54 : 42, 2),
		 n = get(b, len, little, wide ? 56 : 44, 2);

	p->kind = PROGRAM_ELF;
	arch_set(p, (unsigned)get(b, len, little, 18, 2), b[EI_CLASS], b[EI_DATA]);
	for (uint64_t i = 0; size && i < n && table + i * size < len; i++) {
		size_t at = (size_t)(table + i * size);
		uint64_t offset = get(b, len, little, at + (wide ? 8 : 4), word);
		uint64_t bytes = get(b, len, little, at + (wide ? 32 : 16), word);

		if (get(b, len, little, at, 4) != PT_INTERP || offset >= len)
			continue;
		if (bytes > len - offset)
			bytes = len - offset;
		interp_set(p, b + offset, (size_t)bytes, "");
		return;
	}
}

void program_look(const void *head, size_t len, struct program *p)
{
	const unsigned char *b = head;

	memset(p, 0, sizeof(*p));
	if (len >= EI_NIDENT && memcmp(b, ELFMAG, SELFMAG) == 0) {
		elf_look(b, len, p);
	} else if (len >= 2 && b[0] == '#' && b[1] == '!') {
		size_t at = 2;

		while (at < len && (b[at] == ' ' || b[at] == '\t'))
			at++;
		p->kind = PROGRAM_SCRIPT;
		interp_set(p, b + at, len - at, " \t\r\n");
	}
}

const char *program_host_arch(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__arm__)
	return "arm";
#elif defined(__i386__)
	return "386";
#elif defined(__riscv) && __riscv_xlen == 64
	return "riscv64";
#else
	return "this machine";
#endif
}
