# SPDX-License-Identifier: MIT
"""syslogd.py KIND OUT [GATE] - a syslog receiver of a test's own. KIND: tcp, udp, unix or unixgram.

Its address, as --log-opt syslog-address takes it, is written to OUT.at once it listens; what comes goes to OUT
as it is. With GATE it listens, and takes nothing before there is a file of that name. It lives no longer than
its parent."""
import os
import selectors
import socket
import sys
import time

kind, out, gate = sys.argv[1], sys.argv[2], (sys.argv[3:] + [None])[0]
parent = os.getppid()
family = socket.AF_UNIX if kind.startswith("unix") else socket.AF_INET
stream = kind in ("tcp", "unix")
sock = socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
if family == socket.AF_UNIX:
    if os.path.exists(out + ".sock"):
        os.unlink(out + ".sock")
    sock.bind(out + ".sock")
    at = os.path.abspath(out + ".sock")
else:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    at = None
    if os.path.exists(out + ".at"):  # the one before had it
        at = int(open(out + ".at").read().rsplit(":", 1)[1])
    sock.bind(("127.0.0.1", at or 0))
    at = "127.0.0.1:%d" % sock.getsockname()[1]
if stream:
    sock.listen(8)
with open(out + ".at.new", "w") as f:
    f.write("%s://%s" % (kind, at))
os.rename(out + ".at.new", out + ".at")
while gate and not os.path.exists(gate):
    if os.getppid() != parent:
        sys.exit()
    time.sleep(0.05)

watch = selectors.DefaultSelector()
watch.register(sock, selectors.EVENT_READ)
with open(out, "ab", buffering=0) as f:
    while os.getppid() == parent:
        for key, _ in watch.select(1):
            if stream and key.fileobj is sock:
                watch.register(sock.accept()[0], selectors.EVENT_READ)
                continue
            try:
                data = key.fileobj.recv(1 << 17)
            except ConnectionResetError:
                data = b""
            f.write(data)
            if stream and not data:
                watch.unregister(key.fileobj)
                key.fileobj.close()
