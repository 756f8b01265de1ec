// SPDX-License-Identifier: MIT
/* test_hostile.c - layers that want out of their tree (Z25–Z31). After each one the host beside
 * the store must be as it was, nothing may be left in tmp, and the tree is exactly this, or the
 * error is. What the trees must be was worked out from what dockerd 20.10 does in its chroot. */
#include "tests/unit/layerkit.h"

/* One entry a line: TYPE NAME [TO or CONTENT]. %H is the host's directory, absolute; %U the
 * way up to the real root. TYPE: f d l h p as in tar, c a device 0:0, rX the raw type X,
 * n a file whose name comes from a pax header, o a file of type '\0' */
struct hostile {
	const char *entries;
	int code;		/* 0: the tree is `want`; else the error is */
	const char *want;	/* %H as above; NULL: whatever */
};

static const struct hostile names[] = {
	{ "f a 1", 0, "a f644 1\n" },
	{ "f ./a 1", 0, "a f644 1\n" },
	{ "f /a 1", 0, "a f644 1\n" },
	{ "f //a//./b 1", 0, "a d755\na/b f644 1\n" },
	{ "f a/../b 1", 0, "b f644 1\n" },
	{ "f /../../a 1", 0, "a f644 1\n" },
	{ "f %H/victim 1", 0, NULL },
	{ "f .. 1", EINVAL, "entry \"..\": it leads out of the root" },
	{ "f ../x 1", EINVAL, "entry \"../x\": it leads out of the root" },
	{ "f a/../../x 1", EINVAL, "entry \"a/../../x\": it leads out of the root" },
	{ "d ..", EINVAL, "entry \"..\": it leads out of the root" },
	{ "d a/../../..", EINVAL, "entry \"a/../../..\": it leads out of the root" },
	{ "l ../l x", EINVAL, "entry \"../l\": it leads out of the root" },
	{ "c ../../dev", EINVAL, "entry \"../../dev\": it leads out of the root" },
	{ "n ../x 1", EINVAL, "entry \"../x\": it leads out of the root" },
	{ "n %U%H/x 1", EINVAL, NULL },
	{ "f ... 1", 0, "... f644 1\n" },
	{ "f a\033[2J 1\nf a\033[2J/b", ENOTDIR, "entry \"a\\x1b[2J/b\": \"a\\x1b[2J\" is no directory" },
	{ "f a 1\nf A 2", 0, "A f644 2\na f644 1\n" },
	{ "f a/ 1", 0, "a f644 1\n" },
	{ "o a/", 0, "a d644\n" },
	{ "rV label", ENOTSUP, "entry \"label\": entries of type 'V' are not supported" },
	{ "rM more", ENOTSUP, "entry \"more\": entries of type 'M' are not supported" },
};

static const struct hostile links[] = {
	{ "l a %H\nf a 1", 0, "a f644 1\n" },
	{ "l a %H/victim\nf a 1", 0, "a f644 1\n" },
	{ "l a %H/victim\nd a", 0, "a d755\n" },
	{ "l a %H/victim\nc a", 0, "a c0:0\n" },
	{ "l a %H/victim\np a", 0, "a p600\n" },
	{ "l a %H\nf a/x 1", 0, NULL },
	{ "l a %H\nf a/victim 1", 0, NULL },
	{ "l a %H\nd a/victim", 0, NULL },
	{ "l a %U%H\nf a/victim 1", 0, NULL },
	{ "l a b\nl b %H\nf a/x 1", 0, NULL },
	{ "l a b\nl b c/d\nl c %U%H/..\nf a/x 1", 0, NULL },
	{ "l a ..\nf a/x 1", 0, "a l -> ..\nx f644 1\n" },
	{ "l a ../../..\nf a/x 1", 0, "a l -> ../../..\nx f644 1\n" },
	{ "l a /\nf a/x 1", 0, "a l -> /\nx f644 1\n" },
	{ "l a .\nf a/a/a/x 1", 0, "a l -> .\nx f644 1\n" },
	{ "d d\nl d/up ..\nf d/up/d/up/x 1", 0, "d d755\nd/up l -> ..\nx f644 1\n" },
	{ "l a /proc/self/root\nf a/x 1", 0,
	  "a l -> /proc/self/root\nproc d755\nproc/self d755\nproc/self/root d755\n"
	  "proc/self/root/x f644 1\n" },
	{ "l a /proc/self/cwd/..\nf a/x 1", 0, NULL },
	{ "d a\nl a %H\nf a/x 1", 0, NULL },
	{ "f a/x 1\nl a b\nf a/y 2", 0, "a l -> b\nb d755\nb/y f644 2\n" },
	{ "l a %H\nd a\nf a/x 1", 0, "a d755\na/x f644 1\n" },
	{ "d a\nl a %H\nd a\nf a/x 1\nl a %H\nd a\nf a/y 2", 0, "a d755\na/y f644 2\n" },
	{ "d a\nf a/x 1\nl b a\nf b/x 2", 0, "a d755\na/x f644 2\nb l -> a\n" },
	{ "d a\nf a/x 1\nl b a\nd b", 0, "a d755\na/x f644 1\nb d755\n" },
	{ "l a a\nf a/x 1", ELOOP, "entry \"a/x\": too many links on its way" },
	{ "l a b\nl b a\nf a/x 1", ELOOP, "entry \"a/x\": too many links on its way" },
	{ "l a a/a\nf a/x 1", ELOOP, "entry \"a/x\": too many links on its way" },
	{ "l a ", EINVAL, "entry \"a\": it is a link to nothing" },
	{ "f a 1\nf a/b 2", ENOTDIR, "entry \"a/b\": \"a\" is no directory" },
	{ "p a\nf a/b 2", ENOTDIR, "entry \"a/b\": \"a\" is no directory" },
	{ "f a 1\nl b a\nf b/x 2", ENOTDIR, "entry \"b/x\": \"a\" is no directory" },
	{ "c a\nf a/b 2", ENOTDIR, "entry \"a/b\": \"a\" is no directory" },
};

static const struct hostile hard[] = {
	{ "f a 1\nh b a", 0, "a f644 1\nb f644 1\n" },
	{ "f a 1\nh b /a", 0, "a f644 1\nb f644 1\n" },
	{ "f d/a 1\nh b d/../d/./a", 0, "b f644 1\nd d755\nd/a f644 1\n" },
	{ "d a\nf a/x 1\nl b a\nh y b/x", 0, "a d755\na/x f644 1\nb l -> a\ny f644 1\n" },
	{ "f a 1\nh a a", 0, "a f644 1\n" },
	{ "f a 1\nf b 2\nh b a", 0, "a f644 1\nb f644 1\n" },
	{ "l l %H/victim\nh v l", 0, "l l -> %H/victim\nv l -> %H/victim\n" },
	{ "h v ../../../victim", EINVAL, "entry \"v\": it leads out of the root" },
	{ "h v %U%H/victim", EINVAL, "entry \"v\": it leads out of the root" },
	{ "h v %H/victim", ENOENT, NULL },
	{ "h v /proc/self/root%H/victim", ENOENT, NULL },
	{ "l l %H\nh v l/victim", ENOENT, NULL },
	{ "l l %U%H\nh v l/victim", ENOENT, NULL },
	{ "h a a", ENOENT, "entry \"a\": hard link to \"a\": No such file or directory" },
	{ "h a b", ENOENT, "entry \"a\": hard link to \"b\": No such file or directory" },
	{ "d a\nh b a", EPERM, "entry \"b\": hard link to \"a\": Operation not permitted" },
	{ "h b /", EINVAL, "entry \"b\": it is a hard link to the root" },
	{ "h b .", EINVAL, "entry \"b\": it is a hard link to the root" },
	{ "f d/a 1\nh d d/a", ENOENT, NULL },
};

static const struct hostile roots[] = {
	{ "d ./\nf x 1", 0, "x f644 1\n" },
	{ "d /\nf x 1", 0, "x f644 1\n" },
	{ "l . %H", EINVAL, "entry \".\": the root can only be a directory" },
	{ "l ./ %H", EINVAL, "entry \".\": the root can only be a directory" },
	{ "l / %H\nf x 1", EINVAL, "entry \"/\": the root can only be a directory" },
	{ "l a/.. %H", EINVAL, "entry \"a/..\": the root can only be a directory" },
	{ "h . x", EINVAL, "entry \".\": the root can only be a directory" },
	{ "f . x", EINVAL, "entry \".\": the root can only be a directory" },
	{ "c //", EINVAL, "entry \"/\": the root can only be a directory" },
	{ "n . 1", EINVAL, "entry \".\": the root can only be a directory" },
};

static const struct hostile whiteouts[] = {
	{ "f .wh. 1", EINVAL, "entry \".wh.\": a whiteout of no name" },
	{ "f .wh.. 1", EINVAL, "entry \".wh..\": a whiteout of no name" },
	{ "f .wh... 1", EINVAL, "entry \".wh...\": a whiteout of no name" },
	{ "f d/.wh.. 1", EINVAL, "entry \"d/.wh..\": a whiteout of no name" },
	{ "f .wh.a/b 1", EINVAL, "entry \".wh.a/b\": a whiteout cannot hold anything" },
	{ "d .wh.a/b/c", EINVAL, "entry \".wh.a/b/c\": a whiteout cannot hold anything" },
	{ "f .wh..wh.x 1", 0, "" },
	{ "f .wh..wh..opq/x 1", 0, "" },
	{ "f .wh..wh.plnk/1.2 1\nd .wh..wh.aufs", 0, "" },
	{ "f .wh....", 0, "... c0:0\n" },
	{ "d .wh.x", 0, "x c0:0\n" },
	{ "l .wh.x %H", 0, "x c0:0\n" },
	{ "h .wh.x ../../..", 0, "x c0:0\n" },
	{ "c x", 0, "x c0:0\n" },
	{ "f x 1\nf .wh.x", 0, "x f644 1\n" },
	{ "l x %H\nf .wh.x", 0, "x l -> %H\n" },
	{ "l d %H\nf d/.wh.victim", 0, NULL },
	{ "l d %H\nf d/.wh..wh..opq", 0, NULL },
	{ "l d %U%H\nf d/.wh.victim\nf d/.wh..wh..opq", 0, NULL },
	{ "f d/.wh../../.wh.x 1", 0, "d d755\nd/x c0:0\n" },
	{ "f ../.wh.x", EINVAL, "entry \"../.wh.x\": it leads out of the root" },
};

static char up[PATH_MAX];	/* "../../…" */

static void expand(struct str *to, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' && i + 1 < len && (text[i + 1] == 'H' || text[i + 1] == 'U'))
			str_puts(to, text[++i] == 'H' ? host : up);
		else
			str_add(to, text + i, 1);
	}
}

static void add_line(struct str *tar, const char *line, size_t len)
{
	auto_str struct str name = STR_INIT, rest = STR_INIT, pax = STR_INIT;
	const char *end = line + len, *from = memchr(line, ' ', len) + 1;
	const char *to = memchr(from, ' ', end - from);
	struct made m = { .mode = 0644, .type = *line == 'f' || *line == 'n' ? '0' : '5' };

	expand(&name, from, (to ? to : end) - from);
	if (to)
		expand(&rest, to + 1, end - to - 1);
	m.name = name.s;
	switch (*line) {
	case 'd':
		m.mode = 0755;
		break;
	case 'l':
	case 'h':
		m.type = *line == 'l' ? '2' : '1';
		m.link = rest.s;
		made_entry(tar, &m, NULL);
		return;
	case 'p':
		m.type = '6';
		m.mode = 0600;
		break;
	case 'c':
		m.type = '3';
		break;
	case 'r':
		m.type = line[1];
		break;
	case 'o':
		m.type = 0;
		break;
	case 'n':
		pax_add(&pax, "path", name.s, name.len);
		made_pax(tar, &pax);
		m.name = "innocent";
		break;
	}
	made_entry(tar, &m, rest.s);
}

static void build(struct str *tar, const char *entries)
{
	for (const char *line = entries;;) {
		size_t len = strcspn(line, "\n");

		add_line(tar, line, len);
		if (!line[len])
			break;
		line += len + 1;
	}
	made_end(tar);
}

static void try_one(const struct hostile *h)
{
	auto_str struct str tar = STR_INIT, want = STR_INIT, got = STR_INIT;
	struct layer_info info;
	struct err e = { 0 };

	build(&tar, h->entries);
	if (h->want)
		expand(&want, h->want, strlen(h->want));
	if (h->code && h->want) {
		refuse(&tar, h->code, want.s);
	} else if (h->code) {
		CHECK_INT(keep_in(&tar, 100, NULL, &info, &e), -h->code);
	} else {
		info = keep(&tar);
		tree_text(diff, "", &got);
		if (h->want)
			CHECK_STR(got.s, want.s);
		CHECK_INT(layer_remove(&store, &info.diffid, NULL), 0);
	}
	CHECK_INT(names_in("tmp"), 0);
	host_is_as_it_was();
}

static void try_all(const struct hostile *h, size_t n)
{
	begin();
	for (int i = 0; i < 20; i++)
		memcpy(up + 3 * i, "../", 3);
	up[59] = 0;
	for (; n; n--, h++) {
		printf("# %s\n", h->entries);	/* shown only when it fails: stdout is dropped else */
		try_one(h);
	}
	end();
}

TEST(Z25_no_name_leads_out_of_the_tree)
{
	try_all(names, countof(names));
}

TEST(Z25_no_link_leads_out_of_the_tree)
{
	try_all(links, countof(links));
}

TEST(Z27_no_hard_link_leads_out_of_the_tree)
{
	try_all(hard, countof(hard));
}

TEST(Z26_no_entry_replaces_the_root)
{
	try_all(roots, countof(roots));
}

TEST(Z28_no_whiteout_deletes_anything)
{
	try_all(whiteouts, countof(whiteouts));
}

/* --- names and depth ------------------------------------------------------------- */

static char *repeat(const char *unit, size_t len)
{
	char *s = malloc(len + 1);
	size_t n = strlen(unit);

	for (size_t i = 0; i < len; i++)
		s[i] = unit[i % n];
	s[len] = 0;
	return s;
}

static int keep_name(char type, const char *name, struct err *e)
{
	auto_str struct str tar = STR_INIT;
	struct layer_info info;
	int rc;

	made_entry(&tar, &(struct made){ .name = name, .type = type, .mode = 0755 }, NULL);
	made_end(&tar);
	rc = keep_in(&tar, 999, NULL, &info, e);
	CHECK_INT(names_in("tmp"), 0);
	return rc;
}

TEST(Z25_names_too_long_for_the_kernel_are_one_error)
{
	struct err e;
	char want[300];

	begin();
	CHECK_INT(keep_name('0', repeat("n", 255), &e), 0);
	CHECK_INT(keep_name('0', repeat("n", 256), &e), -ENAMETOOLONG);
	snprintf(want, sizeof(want), "entry \"%s...\": its name is too long", repeat("n", 128));
	CHECK_STR(e.msg, want);
	CHECK_INT(keep_name('0', repeat("abcdefg/", 4095), &e), 0);
	CHECK_INT(keep_name('0', repeat("abcdefg/", 4097), &e), -ENAMETOOLONG);
	CHECK_INT(keep_name('5', repeat("d/", 300 * 2), &e), 0);
	CHECK_INT(keep_name('5', repeat("d/", 1024 * 2), &e), 0);
	CHECK_INT(keep_name('5', repeat("d/", 1500 * 2), &e), -ENAMETOOLONG);
	CHECK_INT(keep_name('5', repeat("d/", 100000), &e), -ENAMETOOLONG);
	CHECK_INT(keep_name('0', repeat("/", 100000), &e), -EINVAL);
	CHECK_INT(keep_name('0', repeat("x/../", 100000), &e), -EINVAL);
	CHECK_INT(keep_name('0', repeat("n", 2 << 20), &e), -E2BIG);
	end();
}

TEST(Z25_ten_thousand_directories_inside_each_other_are_one_error_and_leave_nothing)
{
	auto_str struct str tar = STR_INIT, name = STR_INIT;
	struct err e;

	begin();
	for (int i = 0; i < 10000; i++) {
		str_puts(&name, "d/");
		made_dir(&tar, name.s);
		if (name.len > 5000)
			break;
	}
	made_end(&tar);
	CHECK_INT(keep_in(&tar, 65536, NULL, NULL, &e), -ENAMETOOLONG);
	end();
}

TEST(Z25_links_do_not_make_a_tree_deeper_than_its_limit)
{
	auto_str struct str tar = STR_INIT, name = STR_INIT;
	struct err e;

	begin();
	made_dir(&tar, "a/a/a/a/a/a/a/a");
	made_link(&tar, '2', "l0", "a/a/a/a/a/a/a/a");
	for (int i = 0; i < 400; i++) {
		char link[32], to[64];

		snprintf(to, sizeof(to), "l%d/a/a/a/a/a/a/a/a", i);
		snprintf(link, sizeof(link), "l%d", i + 1);
		made_dir(&tar, to);
		made_link(&tar, '2', link, to);
	}
	made_end(&tar);
	CHECK(keep_in(&tar, 65536, NULL, NULL, &e) < 0);
	CHECK(strstr(e.msg, "too deep") || strstr(e.msg, "too many links"));
	end();
}

/* --- what is in a header ----------------------------------------------------------- */

TEST(Z25_a_byte_0_in_a_pax_name_is_refused)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;

	begin();
	pax_add(&pax, "path", "a\0b", 3);
	made_pax(&tar, &pax);
	made_file(&tar, "innocent", "1");
	made_end(&tar);
	refuse(&tar, EINVAL, "tar: entry \"innocent\": a byte 0 in its name");
	end();
}

TEST(Z29_owners_are_as_given_or_refused)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;
	struct stat sb;

	begin();
	pax_add(&pax, "uid", "4000000000", 10);
	pax_add(&pax, "gid", "4294967294", 10);
	made_pax(&tar, &pax);
	made_file(&tar, "a", "1");
	made_pax(&tar, &pax);
	made_entry(&tar, &(struct made){ .name = "dir", .type = '5', .mode = 02755 }, NULL);
	made_file(&tar, "dir/file", "1");
	made_end(&tar);
	keep(&tar);
	CHECK(fstatat(diff, "a", &sb, 0) == 0 && sb.st_uid == 4000000000u && sb.st_gid == 4294967294u);
	CHECK_STR(kind("dir"), "d2755");
	CHECK(fstatat(diff, "dir/file", &sb, 0) == 0 && sb.st_gid == 0);	/* not the directory's */
	end();
}

TEST(Z29_an_owner_that_means_no_change_is_refused)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;

	begin();
	pax_add(&pax, "uid", "4294967295", 10);
	made_pax(&tar, &pax);
	made_file(&tar, "a", "1");
	made_end(&tar);
	refuse(&tar, EINVAL, "entry \"a\": its owner 4294967295:0 cannot be");
	end();
}

static ssize_t xattr_of(const char *path, const char *name, char *value, size_t size)
{
	char proc[200];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d/%s", diff, path);
	return lgetxattr(proc, name, value, size);
}

TEST(Z30_xattrs_of_overlayfs_are_dropped_others_are_kept)
{
	static const char *const dropped[] = {
		"trusted.overlay.redirect", "trusted.overlay.opaque", "trusted.overlay.metacopy",
		"trusted.overlay.whiteout", "trusted.overlay.overlay.opaque", "user.overlay.opaque",
		"user.overlay.redirect", "trusted.overlay.origin", "trusted.overlay.",
	};
	static const char caps[20] = "\1\0\0\2\0\4";
	static const char types[] = { '0', '5', '2', '6' };
	auto_str struct str tar = STR_INIT, pax = STR_INIT;
	char name[32], buf[64];

	begin();
	for (size_t i = 0; i < countof(dropped); i++) {
		str_reset(&pax);
		str_addf(&pax, "SCHILY.xattr.%s", dropped[i]);
		snprintf(buf, sizeof(buf), "%s", pax.s);
		str_reset(&pax);
		pax_add(&pax, buf, "y", 1);
		pax_add(&pax, "SCHILY.xattr.trusted.kept", "k", 1);
		for (size_t t = 0; t < countof(types); t++) {
			made_pax(&tar, &pax);
			snprintf(name, sizeof(name), "%zu%c", i, types[t]);
			made_entry(&tar, &(struct made){ .name = name, .type = types[t], .mode = 0644,
							 .link = types[t] == '2' ? "to" : NULL }, NULL);
		}
	}
	str_reset(&pax);
	pax_add(&pax, "SCHILY.xattr.security.capability", caps, sizeof(caps));
	pax_add(&pax, "LIBARCHIVE.xattr.user.two%20words", "aGk=", 4);
	made_pax(&tar, &pax);
	made_file(&tar, "ping", "elf");
	made_end(&tar);
	keep(&tar);
	for (size_t i = 0; i < countof(dropped); i++) {
		for (size_t t = 0; t < countof(types); t++) {
			snprintf(name, sizeof(name), "%zu%c", i, types[t]);
			CHECK(xattr_of(name, dropped[i], buf, sizeof(buf)) < 0);
			CHECK_INT(xattr_of(name, "trusted.kept", buf, sizeof(buf)), 1);
		}
	}
	CHECK_INT(xattr_of("ping", "security.capability", buf, sizeof(buf)), 20);
	CHECK_INT(xattr_of("ping", "user.two words", buf, sizeof(buf)), 2);
	end();
}

/* --- bombs --------------------------------------------------------------------------- */

TEST(Z31_a_size_that_lies_is_refused_before_anything_is_written)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;
	struct err e;

	begin();
	pax_add(&pax, "size", "9223372036854775807", 19);
	made_pax(&tar, &pax);
	made_file(&tar, "huge", "1");
	made_end(&tar);
	CHECK_INT(keep_in(&tar, 1000, NULL, NULL, &e), -ENOSPC);
	CHECK(strstr(e.msg, "entry \"huge\": it has 9223372036854775807 bytes, and there is room for "));
	end();
}

TEST(Z31_a_sparse_file_counts_with_its_holes)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;
	struct err e;

	begin();
	pax_add(&pax, "GNU.sparse.major", "0", 1);
	pax_add(&pax, "GNU.sparse.minor", "1", 1);
	pax_add(&pax, "GNU.sparse.size", "1000000000000000", 16);
	pax_add(&pax, "GNU.sparse.map", "0,1", 3);
	made_pax(&tar, &pax);
	made_file(&tar, "holes", "1");
	made_end(&tar);
	CHECK_INT(keep_in(&tar, 1000, NULL, NULL, &e), -ENOSPC);
	end();
}

TEST(Z31_more_content_than_allowed_is_refused)
{
	auto_str struct str tar = STR_INIT;
	struct layer_want want = { .max_bytes = 10 };
	struct layer_info info;
	struct err e;

	begin();
	made_file(&tar, "a", "12345");
	made_file(&tar, "b", "12345");
	made_end(&tar);
	CHECK_INT(keep_in(&tar, 1000, &want, &info, &e), 0);
	want.max_bytes = 9;
	CHECK_INT(keep_in(&tar, 1000, &want, &info, &e), -ENOSPC);
	CHECK_STR(e.msg, "entry \"b\": it has 5 bytes, and there is room for 4");
	end();
}

/* Feed `mib` MiB of zeros after what is in `tar`. */
static int feed_zeros(const struct str *tar, int mib, struct err *e)
{
	static char zeros[1 << 20];
	struct layer_unpack *u;
	int rc;

	CHECK_INT(layer_unpack_begin(&store, &stream_here, NULL, &u, NULL), 0);
	rc = layer_unpack_feed(u, tar->s, tar->len, e);
	for (int i = 0; rc == 0 && i < mib; i++)
		rc = layer_unpack_feed(u, zeros, sizeof(zeros), e);
	layer_unpack_abort(u);
	return rc;
}

TEST(Z31_zeros_that_no_file_keeps_have_an_end)
{
	auto_str struct str tar = STR_INIT;
	struct err e;

	begin();
	made_entry(&tar, &(struct made){ .name = ".wh.x", .type = '0', .size = 1LL << 32 }, NULL);
	CHECK_INT(feed_zeros(&tar, 4096, &e), -E2BIG);
	CHECK_STR(e.msg, "more than 64 MiB belong to no file");
	tar.len = 0;
	made_file(&tar, "a", "1");
	made_end(&tar);
	CHECK_INT(feed_zeros(&tar, 4096, &e), -E2BIG);
	CHECK_STR(e.msg, "tar: more than 16 MiB after its end");
	end();
}

TEST(a_cut_anywhere_leaves_nothing)
{
	auto_str struct str tar = STR_INIT, cut = STR_INIT;
	struct layer_info info;
	int whole = 0;

	begin();
	made_dir(&tar, "d");
	made_file(&tar, "d/f", "hello");
	made_file(&tar, "d/g", "hello");
	for (size_t len = 1; len < tar.len; len += 31) {
		str_reset(&cut);
		str_add(&cut, tar.s, len);
		if (keep_in(&cut, 100, NULL, &info, NULL) == 0)
			whole++;	/* inside padding: that is an end, as in Go */
	}
	CHECK_INT(whole, names_in("layers/sha256"));
	CHECK(whole > 20 && whole < 40);
	end();
}

UNIT_MAIN
