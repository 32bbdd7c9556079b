#!/usr/bin/env python3
"""Writes engine/src/postgres/parameters/parameters.tsv anew: what the parameters of real PostgreSQL servers are.

Usage and servers: postgres_servers.py. The table is made of `pg_settings`, and of what `postgres -C` answers to words
that the view does not show: synonyms of enumerated values, and parameters that a file may not set.
"""
import concurrent.futures
import pathlib
import sys

from postgres_servers import servers

TABLE = pathlib.Path(__file__).parents[2] / "engine/src/postgres/parameters/parameters.tsv"

# Words that some parameter takes without showing them.
WORDS = (
    "on off true false yes no 1 0 auto always try debug info fatal panic archive hot_standby regress raise sub sql_standard"
    " safe_encoding iso english lz4 zstd pglz default md5 scram-sha-256 sync async"
).split()

# Parameters that `pg_settings` does not show (GUC_NO_SHOW_ALL), as src/backend/utils/misc/guc_tables.c lists them.
HIDDEN = {"is_superuser": "bool", "role": "string", "seed": "real", "session_authorization": "string"}

# Values that only a build with the library has, as the documentation lists them, with their first major.
LIBRARY_WORDS = {
    "default_toast_compression": (14, ["lz4"]),
    "io_method": (18, ["io_uring"]),
    "wal_compression": (15, ["lz4", "zstd"]),
}

COLUMNS = ("context", "vartype", "unit", "min_val", "max_val", "enumvals", "boot_val", "in_file")


def settings(server) -> dict[str, dict]:
    rows = server.query(
        "select name, context, vartype, unit, min_val, max_val, enumvals, boot_val from pg_settings where name !~ '[.]'"
    )
    found = {row["name"]: row for row in rows}
    for name, kind in HIDDEN.items():
        empty = dict.fromkeys(COLUMNS)
        found.setdefault(name, {"name": name, **empty, "context": "user", "vartype": kind})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, row in found.items():
            row["in_file"] = pool.submit(in_file, server, name, row)
            row["hidden"] = pool.submit(synonyms, server, name, row)
        for row in found.values():
            row["in_file"] = row["in_file"].result()
            row["enumvals"] = None if row["enumvals"] is None else [*row["enumvals"], *row.pop("hidden").result()]
            row.pop("hidden", None)
            if row["context"] == "internal":
                # What a build or a folder of data is, and nobody sets.
                row["boot_val"] = None
    for name, (first, words) in LIBRARY_WORDS.items():
        if server.major >= first:
            found[name]["enumvals"] = sorted({*found[name]["enumvals"], *words}, key=lambda word: (word[0] == "~", word))
    return found


def in_file(server, name: str, row: dict) -> bool:
    """Whether a file may set the parameter: the server says so before it looks at the value."""
    path = server.empty.parent / f"in-file-{server.major}-{name}.conf"
    value = (row["boot_val"] or "").replace("'", "''")
    path.write_text(f"{name} = '{value}'\n")
    answer = server.ask_program("port", "-c", f"config_file={path}")
    path.unlink()
    return b"cannot be changed" not in answer.stderr and b"cannot be set" not in answer.stderr


def synonyms(server, name: str, row: dict) -> list[str]:
    """Words that an enumerated parameter takes beside those it shows, marked with a `~`."""
    if row["enumvals"] is None or row["context"] == "internal":
        return []
    shown = row["enumvals"]
    taken = []
    for word in WORDS:
        if word not in shown:
            answer = server.ask_program(name, "-c", f"{name}={word}")
            if b"invalid value" not in answer.stderr:
                taken.append("~" + word)
    return taken


def cell(value) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, list):
        return ",".join(value)
    if isinstance(value, bool):
        return "file" if value else "-"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def main() -> None:
    with servers() as running:
        answered = ", ".join(server.version().split(" ")[0] for server in running)
        known = {server.major: settings(server) for server in running}
    lines = []
    names = sorted({name for found in known.values() for name in found}, key=str.lower)
    for name in names:
        spans: list[tuple[int, int, list[str]]] = []
        for major, found in known.items():
            if name not in found:
                continue
            cells = [cell(found[name][column]) for column in COLUMNS]
            if spans and spans[-1][2] == cells and spans[-1][1] == major - 1:
                spans[-1] = (spans[-1][0], major, cells)
            else:
                spans.append((major, major, cells))
        lines += ["\t".join([name, str(first), str(last), *cells]) for first, last, cells in spans]
    head = [
        f"# Asked of PostgreSQL {answered}",
        "# by tests/oracles/record_postgres_parameters.py. `~` marks a word that is taken and not shown.",
        "# " + "\t".join(["name", "first", "last", *COLUMNS]),
    ]
    TABLE.write_text("\n".join(head + lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} lines for {len(names)} parameters", file=sys.stderr)


if __name__ == "__main__":
    main()
