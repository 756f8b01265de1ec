# Floors, lowest first: a file may include its own floor and those below it.
# A dependency is included by its wrappers only.
BEGIN {
	n = split("core/base core/os core/fmt core/net core/kern core/store core/engine core/cluster applets", f, " ")
	for (i = 1; i <= n; i++) floor[f[i]] = i
	wraps["bearssl"] = "^core/(fmt/(digest|hmac|aead)|net/(tls|x509)[a-z_]*|cluster/(tls|x509|seal)[a-z_]*)\\.[ch]$"
	wraps["jansson"] = "^core/fmt/json[a-z_]*\\.[ch]$"
	wraps["yaml"] = "^core/fmt/yaml\\.c$"
	wraps["zstd"] = "^core/fmt/zstd\\.c$"
	wraps["isa-l"] = "^core/fmt/gzip\\.c$"
	wraps["seccomp"] = "^core/kern/seccomp[a-z_]*\\.c$"
	wraps["raft"] = "^core/cluster/raft[a-z_]*\\.c$"
}
# The floor a path is on: that of the longest folder above it that has one.
function level(path) {
	while (sub(/\/[^\/]*$/, "", path))
		if (path in floor) return floor[path]
	return 0
}
function say(what) { print FILENAME ":" FNR ": " what; bad = 1 }
/^#include "/ {
	split($2, q, "\"")
	if (q[2] ~ /^build\/gen\//) next
	if (!level(q[2])) say("includes " q[2] ", which is on no floor")
	else if (level(q[2]) > level(FILENAME)) say("includes " q[2] ", a floor above")
}
/^#include <([a-z0-9-]+)/ {
	h = $2
	gsub(/[<>]/, "", h)
	lib = h
	sub(/[_.\/].*/, "", lib)
	if (lib in wraps && h !~ /^linux\// && FILENAME !~ wraps[lib]) say("only " wraps[lib] " may include <" h ">")
}
END { exit bad }
