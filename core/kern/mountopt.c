// SPDX-License-Identifier: MIT
/* mountopt.c - the pure half of mount.h: option words and mountinfo lines. */
#include "core/kern/mount.h"

#include <stdio.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW	256
#endif

enum { WORD_MAX = 1024 };

/* A word and what it does to the flags. */
static const struct flag_word {
	const char *word;
	unsigned long set, clear;
} flag_words[] = {
	{ "defaults", 0, 0 },
	{ "ro", MS_RDONLY, 0 },
	{ "rw", 0, MS_RDONLY },
	{ "nosuid", MS_NOSUID, 0 },
	{ "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 },
	{ "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 },
	{ "exec", 0, MS_NOEXEC },
	{ "sync", MS_SYNCHRONOUS, 0 },
	{ "async", 0, MS_SYNCHRONOUS },
	{ "dirsync", MS_DIRSYNC, 0 },
	{ "mand", MS_MANDLOCK, 0 },
	{ "nomand", 0, MS_MANDLOCK },
	{ "noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME },
	{ "atime", 0, MS_NOATIME },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "diratime", 0, MS_NODIRATIME },
	{ "relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME },
	{ "norelatime", 0, MS_RELATIME },
	{ "strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME },
	{ "nostrictatime", 0, MS_STRICTATIME },
	{ "nosymfollow", MS_NOSYMFOLLOW, 0 },
	{ "symfollow", 0, MS_NOSYMFOLLOW },
};

static const struct {
	const char *word;
	unsigned long propagation;
} propagation_words[] = {
	{ "private", MS_PRIVATE },
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "slave", MS_SLAVE },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "shared", MS_SHARED },
	{ "rshared", MS_SHARED | MS_REC },
	{ "unbindable", MS_UNBINDABLE },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
};

bool mount_flag_word(const char *word, size_t len, unsigned long *set, unsigned long *clear)
{
	for (size_t i = 0; i < countof(flag_words); i++) {
		const struct flag_word *f = &flag_words[i];

		if (strlen(f->word) != len || memcmp(word, f->word, len) != 0)
			continue;
		*set = f->set;
		*clear = f->clear;
		return true;
	}
	return false;
}

static bool take_flag(struct mount_opts *o, const char *word)
{
	unsigned long set, clear;

	if (mount_flag_word(word, strlen(word), &set, &clear)) {
		o->set = (o->set & ~clear) | set;
		o->clear = (o->clear & ~set) | clear;
		return true;
	}
	for (size_t i = 0; i < countof(propagation_words); i++) {
		if (strcmp(word, propagation_words[i].word) != 0)
			continue;
		o->propagation = propagation_words[i].propagation;
		return true;
	}
	return false;
}

static bool take_word(struct mount_opts *o, const char *word)
{
	if (take_flag(o, word))
		return true;
	if (!strcmp(word, "bind") || !strcmp(word, "rbind")) {
		o->bind = true;
		o->recursive = *word == 'r';
	} else if (!strcmp(word, "rro")) {
		o->set |= MS_RDONLY;
		o->clear &= ~MS_RDONLY;
		o->recursive_ro = true;
	} else if (!strcmp(word, "z") || !strcmp(word, "Z")) {
		o->selinux = true;
	} else if (!strcmp(word, "nocopy")) {
		o->no_copy = true;
	} else {
		/* How other hosts cache a shared directory: nothing to do here. */
		return !strcmp(word, "consistent") || !strcmp(word, "cached") ||
		       !strcmp(word, "delegated");
	}
	return true;
}

static int take_data(struct mount_opts *o, const char *word, struct err *e)
{
	size_t have = strlen(o->data), len = strlen(word);

	if (have + len + 2 > sizeof(o->data))
		return err_set(e, E2BIG, "mount options are longer than %d bytes", MOUNT_DATA_MAX);
	if (have)
		o->data[have++] = ',';
	memcpy(o->data + have, word, len + 1);
	return 0;
}

int mount_parse(const char *words, struct mount_opts *o, struct err *e)
{
	char word[WORD_MAX];
	size_t len;
	int rc;

	mount_opts_init(o);
	if (strnlen(words, MOUNT_WORDS_MAX) == MOUNT_WORDS_MAX)
		return err_set(e, E2BIG, "mount options are longer than %d bytes", MOUNT_WORDS_MAX);
	for (; *words; words += len + (words[len] == ',')) {
		len = strcspn(words, ",");
		if (len >= sizeof(word))
			return err_set(e, E2BIG, "mount option '%.40s...' is too long", words);
		if (!len)
			continue;
		memcpy(word, words, len);
		word[len] = 0;
		rc = take_word(o, word) ? 0 : take_data(o, word, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* --- mountinfo --------------------------------------------------------------- */

/* Undo the kernel's \ooo in place. */
static char *unescape(char *s)
{
	char *to = s;

	for (const char *p = s; *p; to++) {
		bool octal = p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' &&
			p[2] <= '7' && p[3] >= '0' && p[3] <= '7';

		*to = octal ? (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0') : *p;
		p += octal ? 4 : 1;
	}
	*to = 0;
	return s;
}

/* The next field of a line; NULL when there is none. */
static char *field(char **line)
{
	char *s = *line, *end;

	if (!s || !*s)
		return NULL;
	end = strchr(s, ' ');
	*line = end ? end + 1 : NULL;
	if (end)
		*end = 0;
	return unescape(s);
}

/* "98:0" */
static bool device_numbers(const char *s, unsigned *major, unsigned *minor)
{
	char *end;

	*major = strtoul(s, &end, 10);
	if (end == s || *end != ':')
		return false;
	s = end + 1;
	*minor = strtoul(s, &end, 10);
	return end != s && !*end;
}

/* 36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/sda1 rw,errors=continue */
static int info_line(char *line, struct mount_info *mi)
{
	char *id = field(&line), *parent = field(&line), *dev = field(&line), *tail;

	*mi = (struct mount_info){ 0 };
	if (!dev || !device_numbers(dev, &mi->major, &mi->minor))
		return -EINVAL;
	mi->id = atoi(id);
	mi->parent = atoi(parent);
	mi->root = field(&line);
	mi->point = field(&line);
	mi->options = field(&line);
	tail = line ? strstr(line, "- ") : NULL;
	while (tail && tail != line && tail[-1] != ' ')
		tail = strstr(tail + 1, "- ");
	if (!tail || !mi->options)
		return -EINVAL;
	mi->fields = tail == line ? "" : line;
	if (tail != line)
		tail[-1] = 0;
	line = tail + 2;
	mi->type = field(&line);
	mi->source = field(&line);
	mi->super = field(&line);
	if (mi->source && !mi->super) {		/* an empty source leaves two spaces */
		mi->super = mi->source;
		mi->source = "";
	}
	return mi->type && mi->super ? 1 : -EINVAL;
}

int mount_info_next(char **text, struct mount_info *mi)
{
	char *line = *text, *end;

	if (!line || !*line)
		return 0;
	end = strchr(line, '\n');
	*text = end ? end + 1 : NULL;
	if (end)
		*end = 0;
	return info_line(line, mi);
}

const char *mount_config(const char *type)
{
	static const struct {
		const char *type, *config;
	} t[] = {
		{ "overlay", "CONFIG_OVERLAY_FS" },
		{ "tmpfs", "CONFIG_TMPFS" },
		{ "proc", "CONFIG_PROC_FS" },
		{ "sysfs", "CONFIG_SYSFS" },
		{ "devpts", "CONFIG_UNIX98_PTYS" },
		{ "mqueue", "CONFIG_POSIX_MQUEUE" },
		{ "cgroup", "CONFIG_CGROUPS" },
		{ "cgroup2", "CONFIG_CGROUPS" },
	};

	for (size_t i = 0; i < countof(t); i++)
		if (!strcmp(type, t[i].type))
			return t[i].config;
	return NULL;
}
