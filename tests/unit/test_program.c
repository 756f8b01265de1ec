// SPDX-License-Identifier: MIT
#include "core/fmt/program.h"
#include "tests/unit/unit.h"

#include <elf.h>
#include <fcntl.h>

TEST(U34_our_own_program_is_recognised)
{
	static char head[PROGRAM_HEAD_MAX];
	int fd = open("/proc/self/exe", O_RDONLY);
	ssize_t n = read(fd, head, sizeof(head));
	struct program p;

	CHECK(n > 64);
	program_look(head, (size_t)n, &p);
	CHECK_INT(p.kind, PROGRAM_ELF);
	CHECK_STR(p.arch, program_host_arch());
	close(fd);
}

TEST(U34_machine_and_loader_are_read_from_the_header)
{
	unsigned char b[200] = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB };
	struct program p;

	b[18] = EM_AARCH64;
	b[32] = 64; /* e_phoff */
	b[54] = 56; /* e_phentsize */
	b[56] = 1; /* e_phnum */
	b[64] = PT_INTERP;
	b[64 + 8] = 150; /* p_offset */
	b[64 + 32] = 20; /* p_filesz */
	memcpy(b + 150, "/lib/ld-musl.so.1", 18);
	program_look(b, sizeof(b), &p);
	CHECK_STR(p.arch, "arm64");
	CHECK_STR(p.interp, "/lib/ld-musl.so.1");
	program_look(b, 160, &p); /* cut in the middle of the name */
	CHECK_STR(p.interp, "/lib/ld-mu");
	program_look(b, 20, &p);
	CHECK_STR(p.interp, "");
}

TEST(U34_a_script_names_its_interpreter)
{
	struct program p;

	program_look("#! /bin/bash -e\n", 16, &p);
	CHECK_INT(p.kind, PROGRAM_SCRIPT);
	CHECK_STR(p.interp, "/bin/bash");
	program_look("hello", 5, &p);
	CHECK_INT(p.kind, PROGRAM_OTHER);
	program_look("", 0, &p);
	CHECK_INT(p.kind, PROGRAM_OTHER);
}

UNIT_MAIN
