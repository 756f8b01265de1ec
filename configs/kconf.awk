# kconf.awk [MODE=header VERSION=V] OLD=FILE Kconfig: resolve to a .config, or to config.h
#
# OLD's answers are taken where their symbol is visible, else the default.
# A file with the line "# all else: n" turns off every bool it does not name. The language:
# bool, int, string; default; depends on A && !B; menu and help are skipped. What the
# kconfig of Linux makes of the same file is the same .config (tests/check/kconfig.sh).
function read_old(line, w) {
	while ((getline line < OLD) > 0) {
		if (line == "# all else: n") none = 1
		if (match(line, /^CONFIG_[A-Z0-9_]+=/))
			had[substr(line, 8, RLENGTH - 8)] = substr(line, RLENGTH + 1)
		else if (line ~ /^# CONFIG_[A-Z0-9_]+ is not set/) {
			split(line, w, " ")
			had[substr(w[2], 8)] = "n"
		}
	}
}
function visible(s, d, m, j, neg) {
	m = split(dep[s], d, / *&& */)
	for (j = 1; j <= m; j++) {
		neg = sub(/^!/, "", d[j])
		if ((val[d[j]] == "y") == neg) return 0
	}
	return 1
}
function resolve(pass, i, s) {
	for (pass = 0; pass < n; pass++)
		for (i = 1; i <= n; i++) {
			s = order[i]
			seen[s] = visible(s)
			val[s] = seen[s] ? (s in had ? had[s] : none && type[s] == "bool" ? "n" : dflt[s]) : type[s] == "bool" ? "n" : dflt[s]
		}
}
function header(i, s) {
	print "/* Made by configs/gen.sh from .config. */\n#pragma once\n\n#define CORACLE_VERSION \"" VERSION "\""
	for (i = 1; i <= n; i++) {
		s = order[i]
		print "#define CFG_" s " " (type[s] != "bool" ? val[s] : val[s] == "y" ? 1 : 0)
		if (type[s] == "bool")
			print "#define USE_" s "(...) " (val[s] == "y" ? "__VA_ARGS__" : "")
	}
}
function dotconfig(i, s) {
	for (i = 1; i <= n; i++) {
		s = order[i]
		if (!seen[s]) continue
		if (type[s] == "bool" && val[s] != "y") print "# CONFIG_" s " is not set"
		else print "CONFIG_" s "=" val[s]
	}
}
/^config / { s = $2; order[++n] = s; dflt[s] = "n"; dep[s] = ""; next }
/^\t(bool|int|string)/ { type[s] = $1; if ($1 == "int") dflt[s] = 0; next }
/^\tdefault / { sub(/^\tdefault /, ""); dflt[s] = $0; next }
/^\tdepends on / { sub(/^\tdepends on /, ""); dep[s] = dep[s] (dep[s] == "" ? "" : " && ") $0 }
END {
	if (OLD != "") read_old()
	resolve()
	if (MODE == "header") header(); else dotconfig()
}
