# stanzas.awk: configs/Kconfig and the stanzas in head comments -> one Kconfig; file and symbol -> LIST
function family(path) { sub(/\/[^\/]*$/, "", path); return path }
function end_menu() { if (menu != "") print "\nendmenu"; menu = "" }
FNR == 1 { inside = done = 0; if (FILENAME !~ /Kconfig$/) { files[++n] = FILENAME } }
FILENAME ~ /Kconfig$/ { print; next }
done { nextfile }
/^ \*\// || !/^(\/\/|\/\*| \*|$)/ { done = 1; next }
/^ \* config / {
	if (family(FILENAME) != menu) {
		end_menu()
		menu = family(FILENAME)
		print "\nmenu \"" menu "\""
	}
	if (!inside) symbol[FILENAME] = $3
	inside = 1
	print ""
}
inside { sub(/^ \*( |$)?/, ""); print }
END {
	end_menu()
	for (i = 1; i <= n; i++) print files[i], symbol[files[i]] > LIST
}
