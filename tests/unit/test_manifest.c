// SPDX-License-Identifier: MIT
#include "core/fmt/manifest.h"
#include "tests/unit/unit.h"

#define D	"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DESC	"{\"mediaType\":\"x\",\"digest\":\"" D "\",\"size\":1}"
#define IMAGE	"{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[" DESC "]"

static int parse(const char *text, const char *type, struct manifest *m, struct arena *mem,
		 struct err *e)
{
	return manifest_parse(text, strlen(text), type, m, mem, e);
}

TEST(Z35_a_document_is_one_kind_or_refused)
{
	static const struct { const char *in, *told; int code; const char *msg; } rows[] = {
		{ IMAGE "}", "", 0, "" },
		{ IMAGE "}", MEDIA_OCI_MANIFEST, 0, "" },
		{ IMAGE ",\"mediaType\":\"" MEDIA_DOCKER_MANIFEST "\"}", MEDIA_DOCKER_MANIFEST, 0, "" },
		{ IMAGE ",\"mediaType\":\"" MEDIA_DOCKER_MANIFEST "\"}", MEDIA_OCI_MANIFEST, EBADMSG,
		  "mediaType is '" MEDIA_DOCKER_MANIFEST "', not '" MEDIA_OCI_MANIFEST "'" },
		{ IMAGE "}", MEDIA_OCI_INDEX, EBADMSG,
		  "mediaType '" MEDIA_OCI_INDEX "' is not what the document holds" },
		{ IMAGE ",\"manifests\":[]}", "", EBADMSG, "both an index and a manifest" },
		{ "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", "", EBADMSG,
		  "both an index and a manifest" },
		{ "{\"schemaVersion\":2}", "", EBADMSG, "neither an index nor a manifest" },
		{ "{\"schemaVersion\":1,\"fsLayers\":[]}", "", ENOTSUP,
		  "schema 1 manifests are not supported" },
		{ IMAGE "}", "text/html", ENOTSUP, "mediaType 'text/html' is not supported" },
		{ IMAGE ",\"layers\":[]}", "", EBADMSG, "line 1 column 310: duplicate object key" },
		{ "{\"schemaVersion\":2,\"layers\":[]}", "", EBADMSG, "config: is not an object" },
		{ "{\"schemaVersion\":2,\"config\":" DESC "}", "", EBADMSG, "layers is missing" },
		{ "{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[{\"digest\":\"" D "\"}]}", "",
		  EBADMSG, "layers[0]: size is missing or negative" },
		{ "{\"schemaVersion\":2,\"config\":{\"digest\":\"md5:x\",\"size\":1},\"layers\":[]}",
		  "", EBADMSG, "config: digest is not a sha256 digest" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_arena struct arena mem = { 0 };
		struct manifest m;
		struct err e = { 0 };

		CHECK_INT(parse(rows[i].in, rows[i].told, &m, &mem, &e), -rows[i].code);
		if (rows[i].code && strncmp(rows[i].msg, "line", 4) != 0)
			CHECK_STR(e.msg, rows[i].msg);
	}
}

#define ENTRY(a, v) \
	"{\"digest\":\"" D "\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"" a "\"" v "}}"

TEST(an_index_gives_what_fits_the_machine)
{
	static const char text[] = "{\"schemaVersion\":2,\"manifests\":["
		ENTRY("amd64", "") "," ENTRY("arm", ",\"variant\":\"v5\"") ","
		ENTRY("arm", ",\"variant\":\"v7\"") "," ENTRY("arm64", ",\"variant\":\"v8\"") "]}";
	auto_arena struct arena mem = { 0 };
	struct manifest m;

	CHECK_INT(parse(text, "", &m, &mem, NULL), 0);
	CHECK_INT(m.kind, MANIFEST_INDEX);
	CHECK(manifest_choose(&m, "linux", "amd64", "") == &m.entries[0]);
	CHECK(manifest_choose(&m, "linux", "arm", "v6") == &m.entries[1]);
	CHECK(manifest_choose(&m, "linux", "arm", "v7") == &m.entries[2]);
	CHECK(manifest_choose(&m, "linux", "arm64", "") == &m.entries[3]);
	CHECK(!manifest_choose(&m, "linux", "riscv64", ""));
	CHECK(!manifest_choose(&m, "windows", "amd64", ""));
}

UNIT_MAIN
