"""Records which line of pg_hba.conf a real server decides by, for connections from this machine to itself.

usage: record_postgres_decisions.py MAJOR=BIN_FOLDER [...] > engine/tests/recorded/postgres_decisions.json

Majors 17 and later: only they log the line of `trust` records. A throw-away certificate comes from openssl. Every record
under test is `trust` or `reject`, so that no password is needed; the answer is the number of the line that lets a
connection in, "reject", or "no match".
"""
import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

from postgres_servers import Server

# Connections: class, source address, database, user, physical replication.
CONNECTIONS = [
    (kind, address, database, user, replication)
    for kind, address in [
        ("local", None), ("plain", "127.0.0.1"), ("ssl", "127.0.0.1"), ("plain", "127.9.8.7"), ("plain", "::1"), ("ssl", "::1"),
    ]
    for database, user, replication in [
        ("a", "a", False), ("a", "b", False), ("b", "b", False), ("postgres", "postgres", False), ("", "postgres", True),
    ]
]

FILES = [
    "local all all trust\nhost all all all trust",
    "hostnossl all all all reject\nhost all all all trust",
    "hostssl all all all reject\nhost all all all trust",
    "hostnossl all all 0.0.0.0/0 reject\nhost all all all trust",
    "host all all 0.0.0.0/1 reject\nhost all all 128.0.0.0/1 reject\nhost all all 127.0.0.1/32 trust\nhost all all ::/0 trust",
    "host all all 127/8 trust\nhost all all 127.9.0.0/16 trust",
    "host all all 127.77.0.1 255.0.255.255 trust\nhost all all 127.0.0.0/8 trust",
    "host all all 127.9.9.9 255.255.0.0 trust\nhost all all 10.9.8.7/0 trust",
    "host all all ::ffff:127.0.0.1/128 trust\nhost all all ::/0 trust",
    "host \"all\" all all trust\nhost a\"l\"l a all trust\nhost all \"all\" all trust",
    "host sameuser all all trust\nhost a,b b all trust",
    "host samerole all all trust\nhost all +a all trust",
    "host a b all reject\nhost all a,b 127.0.0.1/32 trust\nhost all all samehost trust",
    "host all all samenet trust",
    "host replication all 127.9.0.0/16 reject\nhost replication all all trust",
    "host all,replication postgres all trust\nlocal replication all trust\nlocal postgres all trust",
    "host \"replication\" all all trust\nhostssl replication all all trust",
    "hostgssenc all all all trust\nhostnogssenc all all 127.0.0.1/32 trust\nhostnogssenc all all all reject",
    "host /^[ab]$ all 127.0.0.1/32 trust\nhost all /^b all trust",
    "host all all 0x7f000001/32 trust\nhost all all 0177.0.0.0/8 trust",
    "local all all reject\nhost all all *  trust",
]


class Listening(Server):
    """A server on the loopback addresses, with TLS."""

    def open(self, directory: str, port: int) -> None:
        self.port = port
        self.log = pathlib.Path(directory, f"log{self.major}")
        key, certificate = self.data / "server.key", self.data / "server.crt"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
             "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
        os.chmod(key, 0o600)
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        options = (f"-c listen_addresses=127.0.0.1,::1 -p {port} -c unix_socket_directories={self.sockets} -c fsync=off "
                   f"-c ssl=on -c log_connections=on -c max_wal_senders=5 -c wal_level=replica")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.log, "-o", options, "start")

    def reload(self) -> None:
        before = self.log.stat().st_size
        self.run("pg_ctl", "-D", self.data, "reload")
        for _ in range(200):
            time.sleep(0.02)
            added = self.log.read_bytes()[before:]
            if b"pg_hba.conf was not reloaded" in added:
                sys.exit(added.decode())
            if b"reloading configuration files" in added:
                # The word comes first, then the deed.
                time.sleep(0.1)
                return
        sys.exit("the server does not reload")

    def connect(self, kind, address, database, user, replication):
        """What the server answers to one start of a session."""
        if kind == "local":
            stream = socket.socket(socket.AF_UNIX)
            stream.connect(f"{self.sockets}/.s.PGSQL.{self.port}")
        else:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            stream = socket.socket(family)
            stream.bind((address, 0))
            stream.connect(("::1" if ":" in address else "127.0.0.1", self.port))
        before = self.log.stat().st_size
        if kind == "ssl":
            stream.sendall(struct.pack("!ii", 8, 80877103))
            if stream.recv(1) != b"S":
                sys.exit("the server offers no TLS")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = context.wrap_socket(stream)
        words = ["user", user, "database", database] if not replication else ["user", user, "replication", "true"]
        body = struct.pack("!i", 196608) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
        stream.sendall(struct.pack("!i", len(body) + 4) + body)
        answer = b""
        # It lets the session in, or says why not and closes.
        while not answer.startswith(b"R\0\0\0\x08\0\0\0\0") and (part := stream.recv(4096)):
            answer += part
        stream.close()
        if b"pg_hba.conf rejects" in answer:
            return "reject"
        if b"no pg_hba.conf entry" in answer:
            return "no match"
        with open(self.log, "rb") as log:
            log.seek(before)
            lines = re.findall(rb"connection authenticated: .*pg_hba.conf:(\d+)\)", log.read())
        if not lines:
            sys.exit(f"no answer: {answer!r}")
        return int(lines[-1])


def main():
    majors = dict(argument.split("=", 1) for argument in sys.argv[1:])
    cases = []
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        servers = []
        for index, (major, binaries) in enumerate(majors.items()):
            server = Listening(int(major), binaries, directory)
            stack.callback(server.stop)
            for sql in ("create role a login", "create role b login", "create database a", "create database b"):
                server.psql(sql)
            server.open(directory, 54000 + index)
            servers.append(server)
        for text in FILES:
            answers = {}
            for server in servers:
                # The line that lets the recorder itself in comes last, for a database that no case asks for.
                server.hba.write_text(text + "\nlocal template1 all trust\n")
                server.reload()
                answers[server.major] = [server.connect(*connection) for connection in CONNECTIONS]
            first, *others = answers.values()
            if any(other != first for other in others):
                sys.exit(f"the majors disagree about {text!r}: {answers}")
            cases.append({"file": text, "answers": first})
    connections = [
        dict(zip(("class", "address", "database", "user", "replication"), connection)) for connection in CONNECTIONS
    ]
    rows = ",\n".join("  " + json.dumps(case) for case in cases)
    shown = ",\n".join("  " + json.dumps(connection) for connection in connections)
    print(f'{{"majors": {json.dumps([int(major) for major in majors])},\n"connections": [\n{shown}\n],\n"cases": [\n{rows}\n]}}')


main()
