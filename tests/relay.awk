# relay.awk -v prefix=NAME: TAP of several programs as one, each test's name behind a prefix
/^#/ { print; next }
/^not ok / { sub(/^not ok [0-9]+ - /, ""); printf "not ok %d - %s: %s\n", ++n, prefix, $0; next }
/^ok / { sub(/^ok [0-9]+ - /, ""); printf "ok %d - %s: %s\n", ++n, prefix, $0 }
END { print "1.." n + 0 }
