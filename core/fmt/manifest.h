// SPDX-License-Identifier: MIT
/* manifest.h - manifests and indexes: Docker schema 2 and OCI.
 *
 * What an attacker controls: all of it. A document that could be read as two kinds is refused
 * (Z35): its own mediaType must agree with what the caller was told, and "manifests" must not
 * stand beside "layers" or "config". Digests pass digest_parse before anything else sees them. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"

#define MEDIA_DOCKER_MANIFEST	"application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_LIST	"application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_DOCKER_CONFIG	"application/vnd.docker.container.image.v1+json"
#define MEDIA_DOCKER_LAYER	"application/vnd.docker.image.rootfs.diff.tar.gzip"
#define MEDIA_OCI_MANIFEST	"application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_INDEX		"application/vnd.oci.image.index.v1+json"
#define MEDIA_OCI_CONFIG	"application/vnd.oci.image.config.v1+json"
#define MEDIA_OCI_LAYER		"application/vnd.oci.image.layer.v1.tar"

enum {
	MANIFEST_ENTRIES_MAX = 1024,	/* of an index */
};

struct descriptor {
	const char *media_type;		/* "" when not given */
	const char *digest;		/* "sha256:…", checked */
	int64_t size;			/* bytes, >= 0 */
	const char *arch, *os, *variant;	/* platform; "" when not given */
	const char *ref_name;		/* annotation org.opencontainers.image.ref.name, or "" */
	const char *image_name;		/* annotation io.containerd.image.name, or "" */
};

enum manifest_kind { MANIFEST_IMAGE, MANIFEST_INDEX };

struct manifest {
	enum manifest_kind kind;
	const char *media_type;
	struct descriptor config;	/* of an image */
	struct descriptor *entries;	/* layers, lowest first; or an index's manifests */
	size_t n;
};

/* Read a document.
 *
 * media_type   what the caller was told it is (Content-Type, descriptor), or "" for nothing
 *
 * 0, -EBADMSG (ambiguous, a wrong type, a bad digest), -E2BIG, -ENOTSUP (schema 1, unknown). */
NODISCARD int manifest_parse(const char *text, size_t len, const char *media_type,
			     struct manifest *m, struct arena *mem, struct err *e);

/* The entry of an index to use on os/arch[/variant]: exact match, else no variant given,
 * else a lower arm variant. NULL when none fits. */
const struct descriptor *manifest_choose(const struct manifest *m, const char *os,
					 const char *arch, const char *variant);
