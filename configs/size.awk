# size.awk MAP: what the loaded parts of the program are made of, by floor and by dependency
function owner(file) {
	if (match(file, /lib[a-z0-9-]+\.a\(/)) return "  " substr(file, RSTART + 3, RLENGTH - 6)
	if (match(file, /(core|applets)\/([a-z]+\/)?/)) return substr(file, RSTART, RLENGTH - 1)
	return "  start"
}
function hex(s, i, v) {
	v = 0
	for (i = 3; i <= length(s); i++) v = v * 16 + index("123456789abcdef", substr(s, i, 1))
	return v
}
/^Linker script and memory map/ { on = 1 }
!on { next }
/^\.[a-z]/ { section = $1 }
section !~ /^\.(init|fini|text|rodata|eh_frame|data|tdata|init_array|fini_array|got|rela?\.)/ { next }
# "section address bytes file", in two lines where the section's name is long
/^ \.[^ ]+$/ { getline; $0 = " .x " $0 }
/^ \.[^ ]+ +0x[0-9a-f]+ +0x[0-9a-f]+ [^ ]/ { size[owner($4)] += hex($3); all += hex($3) }
END {
	n = split("base os fmt net kern store engine cluster", floor, " ")
	for (i = 1; i <= n; i++) row("core/" floor[i])
	for (o in size) if (o ~ /^applets/) row(o)
	print "dependencies"
	for (o in size) if (o ~ /^ /) row(o)
	printf "%-20s %9d\n", "all", all
}
function row(o) { if (o in size) printf "%-20s %9d\n", o, size[o] }
