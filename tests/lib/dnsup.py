# SPDX-License-Identifier: MIT
"""dnsup.py LOG ADDRESS... - a name server for tests, at port 53 of these addresses, UDP and TCP.

What it is asked is added to LOG, a line each: "udp one.example A", and to LOG.where with the port and the
id it came with. It says "ready" on its output.
A of NAME.example is 198.51.100.1; TXT of long.example has 900 bytes; nx.* is NXDOMAIN; slow.* has no
answer by UDP at all; for forged.* answers with 203.0.113.66 come before the right one: another id,
another question, another port."""
import socket, struct, sys, threading

TYPES = {1: "A", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}
log = open(sys.argv[1], "a", buffering=1)
where = open(sys.argv[1] + ".where", "a", buffering=1)


def question(q):
    at, labels = 12, []
    while q[at]:
        labels.append(q[at + 1:at + 1 + q[at]].decode("latin1"))
        at += 1 + q[at]
    return ".".join(labels), struct.unpack("!H", q[at + 1:at + 3])[0], q[12:at + 5]


def answer(q, proto, ip="198.51.100.1", ident=None, name=None):
    asked, kind, section = question(q)
    records = b""
    if name:
        section = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + section[-5:]
    if kind == 1 and not asked.startswith("nx."):
        records = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(ip)
    elif kind == 16 and asked == "long.example":
        text = (b"\xe1" + b"x" * 225) * 4
        records = b"\xc0\x0c\0\x10\0\1\0\0\0\x3c" + struct.pack("!H", len(text)) + text
    flags = 0x8180 | (3 if asked.startswith("nx.") else 0)
    if proto == "udp" and len(records) > 512:
        flags, records = flags | 0x200, b""
    return (ident or q[:2]) + struct.pack("!5H", flags, 1, 1 if records else 0, 0, 0) + section + records


def note(proto, q, port=0):
    name, kind, _ = question(q)
    log.write("%s %s %s\n" % (proto, name, TYPES.get(kind, kind)))
    where.write("%s %s %s port%d id%d\n" % (proto, name, TYPES.get(kind, kind), port, q[0] << 8 | q[1]))
    return name


def serve_udp(s, address):
    other = socket.socket(s.family, socket.SOCK_DGRAM)
    other.bind((address, 0))
    while True:
        q, who = s.recvfrom(4096)
        name = note("udp", q, who[1])
        if name.startswith("slow."):
            continue
        if name.startswith("forged."):
            bad = "203.0.113.66"
            s.sendto(answer(q, "udp", bad, bytes([q[0] ^ 1, q[1]])), who)
            s.sendto(answer(q, "udp", bad, name="other.example"), who)
            other.sendto(answer(q, "udp", bad), who)
        s.sendto(answer(q, "udp"), who)


def serve_tcp(s):
    while True:
        c, _ = s.accept()
        with c:
            n = c.recv(2, socket.MSG_WAITALL)
            while len(n) == 2:
                q = c.recv(struct.unpack("!H", n)[0], socket.MSG_WAITALL)
                note("tcp", q)
                a = answer(q, "tcp")
                c.sendall(struct.pack("!H", len(a)) + a)
                n = c.recv(2, socket.MSG_WAITALL)


for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp, tcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind((address, 53))
    tcp.bind((address, 53))
    tcp.listen(8)
    threading.Thread(target=serve_udp, args=(udp, address), daemon=True).start()
    threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
