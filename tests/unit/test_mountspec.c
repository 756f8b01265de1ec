// SPDX-License-Identifier: MIT
#include "core/store/mountspec.h"
#include "tests/unit/unit.h"

#include <sys/mount.h>

static const struct {
	const char *text;
	int rc;
	enum mount_type type;
	const char *source, *target;
	bool ro;
} binds[] = {
	{ "/a:/b", 0, MOUNT_BIND, "/a", "/b", false },
	{ "/a:/b:ro", 0, MOUNT_BIND, "/a", "/b", true },
	{ "/a:/b:rshared,ro", 0, MOUNT_BIND, "/a", "/b", true },
	{ "name:/b:nocopy", 0, MOUNT_VOLUME, "name", "/b", false },
	{ "name:/b:z", 0, MOUNT_VOLUME, "name", "/b", false },
	{ "/only", 0, MOUNT_VOLUME, "", "/only", false },
	{ "", -EINVAL, 0, 0, 0, 0 },
	{ ":", -EINVAL, 0, 0, 0, 0 },
	{ "/a:", -EINVAL, 0, 0, 0, 0 },
	{ ":/b", -EINVAL, 0, 0, 0, 0 },
	{ "/a:b", -EINVAL, 0, 0, 0, 0 },
	{ "/a:/", -EINVAL, 0, 0, 0, 0 },
	{ "/a:/.", -EINVAL, 0, 0, 0, 0 },
	{ "/a:/b:", -EINVAL, 0, 0, 0, 0 },
	{ "/a:/b:wo", -EINVAL, 0, 0, 0, 0 },
	{ "/a:/b:ro:x", -EINVAL, 0, 0, 0, 0 },
	{ "./a:/b", -EINVAL, 0, 0, 0, 0 },
	{ "../x:/b", -EINVAL, 0, 0, 0, 0 },
	{ "name:/b:rshared", -EINVAL, 0, 0, 0, 0 },
	{ "relative", -EINVAL, 0, 0, 0, 0 },
};

TEST(the_forms_of_v)
{
	auto_arena struct arena mem = { 0 };

	for (size_t i = 0; i < countof(binds); i++) {
		struct mount_spec m;

		CHECK_INT(mountspec_bind(binds[i].text, &m, &mem, NULL), binds[i].rc);
		if (binds[i].rc < 0)
			continue;
		CHECK_INT(m.type, binds[i].type);
		CHECK_STR(m.source, binds[i].source);
		CHECK_STR(m.target, binds[i].target);
		CHECK_INT(m.read_only, binds[i].ro);
	}
}

TEST(the_long_form_takes_every_key)
{
	auto_arena struct arena mem = { 0 };
	struct mount_spec m;

	CHECK_INT(mountspec_mount("type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave", &m, &mem,
			  NULL),
		0);
	CHECK_INT(m.type, MOUNT_BIND);
	CHECK(m.read_only && m.long_form && !m.create_source);
	CHECK_STR(m.propagation, "rslave");
	CHECK_INT(mountspec_mount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770", &m, &mem, NULL),
		0);
	CHECK_INT(m.tmpfs_size, 1 << 20);
	CHECK_INT(m.tmpfs_mode, 01770);
	CHECK_INT(mountspec_mount("src=vol,\"dst=/with,comma\",volume-nocopy=true", &m, &mem, NULL), 0);
	CHECK_INT(m.type, MOUNT_VOLUME);
	CHECK_STR(m.target, "/with,comma");
	CHECK(m.no_copy);
}

static const struct {
	const char *text, *sentence;
} bad_mounts[] = {
	{ "type=bind,src=/a", "target is required" },
	{ "type=bind,dst=/b", "invalid mount config for type \"bind\": field Source must not be empty" },
	{ "type=nfs,dst=/b", "invalid mount config for type \"nfs\": mount type unknown" },
	{ "type=bind,src=/a,dst=/b,color=red", "unexpected key 'color' in 'color=red'" },
	{ "type=bind,src=/a,/b", "invalid field '/b' must be a key=value pair" },
	{ "type=tmpfs,src=/a,dst=/b",
		"invalid mount config for type \"tmpfs\": field Source must not be specified" },
	{ "type=bind,src=/a,dst=/b,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'bind'" },
	{ "type=volume,src=../x,dst=/b",
		"create ../x: \"../x\" includes invalid characters for a local volume name, only "
		"\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
		"absolute path" },
	{ "type=bind,src=/a,dst=/b,readonly=maybe", "invalid value for readonly: maybe" },
};

TEST(a_wrong_mount_is_said_in_dockers_words)
{
	auto_arena struct arena mem = { 0 };

	for (size_t i = 0; i < countof(bad_mounts); i++) {
		struct mount_spec m;
		struct err e;

		CHECK_INT(mountspec_mount(bad_mounts[i].text, &m, &mem, &e), -EINVAL);
		CHECK_STR(e.msg, bad_mounts[i].sentence);
	}
}

TEST(tmpfs_words_are_ours_or_tmpfs_own)
{
	auto_arena struct arena mem = { 0 };
	struct mount_spec m;
	unsigned long flags;
	const char *data;

	CHECK_INT(mountspec_tmpfs("/run:rw,size=64k,exec,mode=755", &m, &mem, NULL), 0);
	CHECK_INT(mountspec_tmpfs_words(m.tmpfs_options, &flags, &data, &mem, NULL), 0);
	CHECK_INT(flags, MS_NOSUID | MS_NODEV);
	CHECK_STR(data, "size=64k,mode=755");
	/* The words are those of every mount: one table. */
	CHECK_INT(mountspec_tmpfs("/run:noatime,relatime,dirsync,nosymfollow", &m, &mem, NULL), 0);
	CHECK_INT(mountspec_tmpfs_words(m.tmpfs_options, &flags, &data, &mem, NULL), 0);
	CHECK_INT(flags, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME | MS_DIRSYNC | 256);
	CHECK_INT(mountspec_tmpfs("/run:rslave", &m, &mem, NULL), -EINVAL);
	CHECK_INT(mountspec_tmpfs("/run:bind", &m, &mem, NULL), -EINVAL);
	CHECK_INT(mountspec_tmpfs("/run:upperdir=/etc", &m, &mem, NULL), -EINVAL);
	CHECK_INT(mountspec_tmpfs("/run:size", &m, &mem, NULL), -EINVAL);
	CHECK_INT(mountspec_tmpfs("run", &m, &mem, NULL), -EINVAL);
}

UNIT_MAIN
