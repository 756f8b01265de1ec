// SPDX-License-Identifier: MIT
/* seccomp_groups.h - which capability opens which group of system calls.
 *
 * Shared by the generator and the run-time half. The program made at build time
 * returns ERRNO | (SECCOMP_GROUP_BASE + group) for a call of a group; before it is
 * installed each such return becomes ALLOW or that group's errno. */
#pragma once

enum { SECCOMP_GROUP_BASE = 0x800 }; /* past every errno (MAX_ERRNO is 4095, names end near 133) */

enum seccomp_group {
	GROUP_DAC_READ_SEARCH, GROUP_SYSLOG, GROUP_ADMIN, GROUP_CLONE3, GROUP_BPF, GROUP_PERFMON,
	GROUP_BOOT, GROUP_CHROOT, GROUP_MODULE, GROUP_NICE, GROUP_PACCT, GROUP_PTRACE,
	GROUP_RAWIO, GROUP_TIME, GROUP_TTY_CONFIG,
	SECCOMP_GROUPS,
};
