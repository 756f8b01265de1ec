// SPDX-License-Identifier: MIT
/* tar.h - tar archives: a reader that is pushed bytes and calls back, a writer
 * that makes what Docker makes. Pure: no descriptor, no clock.
 *
 * Read: v7, ustar, GNU (long names, base-256 numbers, sparse), pax (path,
 * linkpath, size, uid, gid, mtime, atime, xattrs, sparse 0.0, 0.1, 1.0), star's
 * and libarchive's xattr keys. Where archives are ambiguous Go's archive/tar
 * decides, because Docker reads with it: links and directories have no data,
 * one zero block or none may end an archive, a zero block before a header may
 * not.
 *
 * What an attacker controls: every byte, so every field of struct tar_entry.
 * Names come out as they stand in the archive, with "..", "//" and all; only
 * bytes of value 0 are refused. Whoever turns a name into a path must look at
 * each component. Memory is bounded by TAR_META_MAX and TAR_SPARSE_MAX. */
#pragma once

#include "core/fmt/stream.h"

enum {
	TAR_BLOCK = 512,
	TAR_META_MAX = 1 << 20,		/* bytes of one GNU long name or one pax header */
	TAR_XATTR_MAX = 256,		/* xattrs of one entry */
	TAR_SPARSE_MAX = 1 << 17,	/* data segments of one sparse file */
	TAR_TRAIL_MAX = 16 << 20,	/* bytes after the end of the archive */
};

enum tar_type {
	TAR_FILE = '0', TAR_LINK = '1', TAR_SYMLINK = '2', TAR_CHAR = '3',
	TAR_BLOCK_DEV = '4', TAR_DIR = '5', TAR_FIFO = '6',
	/* anything else comes out as it stands in the header, with its data */
};

struct tar_xattr {
	const char *name;	/* borrowed, ends in 0: "user.x" */
	const void *value;	/* borrowed */
	size_t len;
};

struct tar_time {
	int64_t sec;		/* since 1970, may be negative */
	uint32_t nsec;		/* 0..999999999 */
};

/* One entry. All pointers are valid until the entry's end event returned. */
struct tar_entry {
	const char *name;	/* never empty; without the slash at the end of a directory's */
	const char *link;	/* target of a hard or symbolic link, else "" */
	uint8_t type;		/* enum tar_type; '\0' and '7' are TAR_FILE here */
	uint32_t mode;		/* permission bits, 07777 */
	uint32_t major, minor;	/* devices */
	uint64_t uid, gid;
	const char *uname, *gname;	/* "" when not given */
	uint64_t size;		/* bytes of the file; of a sparse one with its holes */
	uint64_t stored;	/* bytes of content in the archive; size unless sparse */
	bool sparse;
	struct tar_time mtime;
	struct tar_time atime;	/* mtime where the archive has none */
	const struct tar_xattr *xattrs;
	size_t n_xattrs;
};

/* What the reader calls, in this order for each entry: raw (headers), entry,
 * data for each piece of content, end; raw again for padding. Every byte of
 * the archive is in exactly one raw or data call, in the archive's order.
 * A callback that fails ends the reading with its error. NULL ones are skipped. */
struct tar_events {
	void *to;	/* borrowed, first argument of each call */
	int (*raw)(void *to, const void *bytes, size_t len, struct err *e);
	int (*entry)(void *to, const struct tar_entry *t, struct err *e);
	/* `at`: where in the file these bytes belong */
	int (*data)(void *to, uint64_t at, const void *bytes, size_t len, struct err *e);
	int (*end)(void *to, struct err *e);
};

struct tar_reader;

struct tar_reader *tar_reader_new(const struct tar_events *ev);	/* copies *ev */
void tar_reader_free(struct tar_reader *r);

/* Push the next bytes. 0, or -EINVAL (no tar, naming the entry), -E2BIG (past
 * a limit), or what a callback gave. After a failure only free it. */
NODISCARD int tar_feed(struct tar_reader *r, const void *data, size_t len, struct err *e);

/* No more bytes come. -EINVAL when the archive was cut inside an entry. */
NODISCARD int tar_end(struct tar_reader *r, struct err *e);

/* --- writing --- */

struct tar_writer {
	struct sink out;
	uint64_t left;		/* bytes of content still owed for the entry that is open */
	uint32_t pad;		/* zero bytes that follow them */
};

void tar_writer_init(struct tar_writer *w, struct sink out);

/* Write a header as Go's archive/tar writes it: plain ustar when all fits, a
 * pax header before it when not (long names, big numbers, xattrs, times with
 * nanoseconds). Uses name, link, type, mode, uid, gid, uname, gname, size,
 * major, minor, mtime, xattrs of *t; no pointer may be NULL. The caller ends a
 * directory's name in "/". The mode is written as it is: Docker sets the file
 * type's bits (0100000, 040000 …) in layers. */
NODISCARD int tar_write_entry(struct tar_writer *w, const struct tar_entry *t, struct err *e);

/* Write content of the open entry; more than t->size is -EINVAL. */
NODISCARD int tar_write_data(struct tar_writer *w, const void *data, size_t len, struct err *e);

/* Write the two zero blocks. -EINVAL when content of the last entry is owed. */
NODISCARD int tar_write_end(struct tar_writer *w, struct err *e);

/* An entry whose content is in memory. */
NODISCARD int tar_write_file(struct tar_writer *w, const struct tar_entry *t,
			     const void *data, struct err *e);
