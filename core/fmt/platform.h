// SPDX-License-Identifier: MIT
/* platform.h - what images call the machine this program was built for. */
#pragma once

#define PLATFORM_OS	"linux"
#if defined(__x86_64__)
#define PLATFORM_ARCH		"amd64"
#define PLATFORM_VARIANT	""
#elif defined(__aarch64__)
#define PLATFORM_ARCH		"arm64"
#define PLATFORM_VARIANT	"v8"
#elif defined(__arm__) && __ARM_ARCH >= 7
#define PLATFORM_ARCH		"arm"
#define PLATFORM_VARIANT	"v7"
#elif defined(__arm__) && __ARM_ARCH == 6
#define PLATFORM_ARCH		"arm"
#define PLATFORM_VARIANT	"v6"
#elif defined(__arm__)
#define PLATFORM_ARCH		"arm"
#define PLATFORM_VARIANT	"v5"
#elif defined(__i386__)
#define PLATFORM_ARCH		"386"
#define PLATFORM_VARIANT	""
#elif defined(__riscv) && __riscv_xlen == 64
#define PLATFORM_ARCH		"riscv64"
#define PLATFORM_VARIANT	""
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PLATFORM_ARCH		"ppc64le"
#define PLATFORM_VARIANT	""
#elif defined(__s390x__)
#define PLATFORM_ARCH		"s390x"
#define PLATFORM_VARIANT	""
#elif defined(__mips64) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PLATFORM_ARCH		"mips64le"
#define PLATFORM_VARIANT	""
#elif defined(__mips64)
#define PLATFORM_ARCH		"mips64"
#define PLATFORM_VARIANT	""
#elif defined(__mips__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PLATFORM_ARCH		"mipsle"
#define PLATFORM_VARIANT	""
#elif defined(__mips__)
#define PLATFORM_ARCH		"mips"
#define PLATFORM_VARIANT	""
#elif defined(__loongarch64)
#define PLATFORM_ARCH		"loong64"
#define PLATFORM_VARIANT	""
#else
#error "what do images call this machine?"
#endif
