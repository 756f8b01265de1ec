# SPDX-License-Identifier: MIT
"""wire.py - frames as an attacker makes them, and what of them arrives.

    wire.py send LINK FRAME...   put these frames on the link, in this order
    wire.py watch LINK END [N]   print "ready", then each frame that comes in by the link, one a line, until one with
                                 the text END has come (N of them)
    wire.py serve ADDR PORT END  print "ready", then what UDP brings there, until END
    wire.py tell ADDR PORT TEXT [FROM [PORT]]   one datagram, by the kernel's own ways
    wire.py open ADDR PORT       connect by TCP: "open", or the kernel's word for why not

A frame is words with commas between them: what it is (udp, syn, arp, icmp, icmp6, raw), then any of
smac dmac src dst sport dport text op type amac tmac body. Nothing that comes in is believed or answered.
"""
import os
import socket
import struct
import sys

ALL = 0x0003
LOST_S = 60     # of a test that is broken; none waits for it


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(b):
    return ":".join("%02x" % x for x in b)


def pack(ip):
    return socket.inet_pton(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip)


def total(b):
    b += b"\0" * (len(b) % 2)
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff


def ip_packet(src, dst, proto, body, at):
    """body with its checksum, which is at `at`, in a packet of the addresses' family."""
    s, d = pack(src), pack(dst)
    whole = b"" if proto == 1 else s + d + struct.pack("!II", len(body), proto)
    body = body[:at] + struct.pack("!H", total(whole + body) or 0xffff) + body[at + 2:]
    if len(s) == 16:
        return 0x86dd, struct.pack("!IHBB", 6 << 28, len(body), proto, 255) + s + d + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0) + s + d
    return 0x0800, head[:10] + struct.pack("!H", total(head)) + head[12:] + body


def frame(spec, own):
    kind, *rest = spec.split(",")
    w = dict(r.split("=", 1) for r in rest)
    text = w.get("text", "").encode()
    sport, dport = int(w.get("sport", 4000)), int(w.get("dport", 4000))
    if kind == "udp":
        body = struct.pack("!HHHH", sport, dport, 8 + len(text), 0) + text
        ether, packet = ip_packet(w["src"], w["dst"], 17, body, 6)
    elif kind == "syn":
        body = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 0x50, 2, 64000, 0, 0) + text
        ether, packet = ip_packet(w["src"], w["dst"], 6, body, 16)
    elif kind in ("icmp", "icmp6"):
        body = bytes([int(w["type"]), int(w.get("code", 0)), 0, 0]) + bytes.fromhex(w.get("body", "")) + text
        ether, packet = ip_packet(w["src"], w["dst"], 1 if kind == "icmp" else 58, body, 2)
    elif kind == "arp":
        ether = 0x0806
        packet = struct.pack("!HHBBH", 1, 0x0800, 6, 4, int(w.get("op", 1)))
        packet += (mac(w["amac"]) if "amac" in w else own) + pack(w["src"]) + mac(w.get("tmac", "0" * 12)) + pack(w["dst"])
    else:
        ether, packet = int(w["type"], 16), text
    dst = mac(w["dmac"]) if "dmac" in w else b"\xff" * 6
    whole = dst + (mac(w["smac"]) if "smac" in w else own) + struct.pack("!H", ether) + packet
    return whole.ljust(60, b"\0")


def ends(b, four):
    show = socket.AF_INET if four else socket.AF_INET6
    return socket.inet_ntop(show, b[:len(b) // 2]), socket.inet_ntop(show, b[len(b) // 2:])


def shown(f):
    ether, p = struct.unpack("!H", f[12:14])[0], f[14:]
    links = mac_text(f[6:12]) + " > " + mac_text(f[:6])
    if ether == 0x0806:
        op = struct.unpack("!H", p[6:8])[0]
        src, dst = ends(p[14:18] + p[24:28], True)
        return "arp %d %s is %s asks %s; %s" % (op, src, mac_text(p[8:14]), dst, links)
    if ether not in (0x0800, 0x86dd):
        return "type %04x %r; %s" % (ether, p[:40], links)
    four = ether == 0x0800
    proto = p[9] if four else p[6]
    src, dst = ends(p[12:20] if four else p[8:40], four)
    body = p[(p[0] & 15) * 4:] if four else p[40:]
    if proto in (6, 17):
        sport, dport = struct.unpack("!HH", body[:4])
        rest = body[8:struct.unpack("!H", body[4:6])[0]] if proto == 17 else body[20:]
        kind = "udp" if proto == 17 else "tcp" + (" syn" if body[13] & 2 else "")
        return "%s %s:%d > %s:%d %s; %s" % (kind, src, sport, dst, dport, rest.decode("ascii", "replace").strip("\0"), links)
    return "ip %d type %d %s > %s; %s" % (proto, body[0] if body else -1, src, dst, links)


def packets(link):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    s.bind((link, ALL))
    return s


def send(link, *specs):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])     # one CPU: one queue, one order
    with packets(link) as s:
        own = s.getsockname()[4]
        for spec in specs:
            s.send(frame(spec, own))


def say(text):
    print(text, flush=True)


def watch(link, end, times="1"):
    left = int(times)
    with packets(link) as s:
        s.settimeout(LOST_S)
        say("ready")
        while left:
            f, where = s.recvfrom(65536)
            if where[2] == socket.PACKET_OUTGOING:
                continue
            if end.encode() in f:
                left -= 1
            else:
                say(shown(f))


def serve(addr, port, end):
    with socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((addr, int(port)))
        s.settimeout(LOST_S)
        say("ready")
        while True:
            text, peer = s.recvfrom(65536)
            if text == end.encode():
                return
            say("%s from %s" % (text.decode("ascii", "replace"), peer[0]))


def tell(addr, port, text, src="", sport="0"):
    with socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((src, int(sport)))
        try:
            s.sendto(text.encode(), (addr, int(port)))
        except OSError as e:
            say(e.strerror)


def connect(addr, port):
    with socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET) as s:
        s.settimeout(LOST_S)
        try:
            s.connect((addr, int(port)))
            say("open")
        except OSError as e:
            say(e.strerror or "no answer")


try:
    {"send": send, "watch": watch, "serve": serve, "tell": tell, "open": connect}[sys.argv[1]](*sys.argv[2:])
except socket.timeout:
    say("END never came")
    sys.exit(1)
