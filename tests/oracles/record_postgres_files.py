#!/usr/bin/env python3
"""Records how real PostgreSQL servers read the files of engine/tests/recorded/postgres_{hba,conf}.json.

Usage and servers: postgres_servers.py. Inputs and their order are kept, only the answers are replaced: to add a case, add
an object with its `files` (a name and its text; the first is the main file) and record anew. A text may stand as
`{"hex": ...}` for bytes that are no UTF-8.

An answer holds for the majors it names. A case may have `except`: majors for which a server of these says nothing about
others, and why. What the answers cannot be taken for:
* `pg_hba_file_rules` shows no error for some lines that it refuses; a row without a type is one.
* `"rows": null`: the server went down over the question.
* A record has no rule number while TLS is off and it needs TLS: it is counted here.
* Builds without LDAP, GSSAPI, BSD authentication, SSPI or PAM refuse those methods: `"built": false`, nothing to compare.
* `pg_file_settings` stops at the first syntax error of a file and calls values of parameters that need a restart not
  applicable: both are asked of `postgres -C`, which tells all syntax errors, and names the parameters it refuses.
"""
import concurrent.futures
import contextlib
import json
import pathlib
import re
import subprocess
import sys

from postgres_servers import servers

RECORDED = pathlib.Path(__file__).parents[2] / "engine/tests/recorded"

HBA = "select * from pg_hba_file_rules"
CONF = (
    "select f.sourcefile, f.sourceline, f.name, f.setting, f.applied, f.error, s.context"
    " from pg_file_settings f left join pg_settings s on lower(s.name) = lower(f.name) order by f.seqno"
)


def text_bytes(text) -> bytes:
    return bytes.fromhex(text["hex"]) if isinstance(text, dict) else text.encode()


@contextlib.contextmanager
def files_of(server, files: dict):
    """The files of a case, in the server's folder while it is asked."""
    made = []
    for name, text in files.items():
        path = server.data / name
        if path.parent != server.data:
            path.parent.mkdir(exist_ok=True)
        path.write_bytes(text_bytes(text))
        made.append(path)
    yield
    for path in made:
        path.unlink()
        if path.parent != server.data and not any(path.parent.iterdir()):
            path.parent.rmdir()
    server.reset()


def hba(server, files: dict) -> dict:
    answer = []
    with files_of(server, files):
        try:
            rows = server.query(HBA)
        except subprocess.CalledProcessError:
            # Up to 15 a file that splices itself in takes the whole server down.
            rows = None
    if rows is None:
        server.wait()
        return {"rows": None}
    rules = 0
    for row in rows:
        if row["type"] is not None and "rule_number" in row:
            # A record of a type that this server has switched off is one, too.
            rules += 1
            row["rule_number"] = rules
        if "not supported by this build" in (row["error"] or ""):
            answer.append({"line": row["line_number"], "built": False})
        elif row["type"] is None:
            answer.append({"line": row["line_number"], "error": shorten(server, row["error"] or ""), **where(server, row)})
        else:
            kept = ("type", "database", "user_name", "address", "netmask", "auth_method", "options")
            answer.append({"line": row["line_number"], **{key: row[key] for key in kept}, **where(server, row)})
    return {"rows": answer}


def shorten(server, text: str) -> str:
    return text.replace(f"{server.data}/", "")


def where(server, row: dict) -> dict:
    if "rule_number" not in row:
        return {}
    return {"rule": row["rule_number"], "file": shorten(server, row["file_name"])}


def conf(server, files: dict) -> dict:
    with files_of(server, files):
        rows = server.query(CONF)
        told = server.ask_program("port", "-c", f"config_file={server.conf}")
    errors = shorten(server, told.stderr.decode("utf-8", "replace"))
    answer = []
    for row in rows:
        error, applied = row["error"], row["applied"]
        if error == "setting could not be applied" and row["context"] == "postmaster":
            if not re.search(f'parameter "{re.escape(row["name"])}"', errors, re.IGNORECASE):
                error, applied = None, True
        answer.append(
            {
                "file": shorten(server, row["sourcefile"]),
                "line": row["sourceline"],
                "name": row["name"],
                "setting": row["setting"],
                "applied": applied,
                "error": error and shorten(server, error),
            }
        )
    syntax = re.findall(r'syntax error in file "([^"]*)" line (\d+)', errors)
    return {"rows": answer, "syntax": [[file, int(line)] for file, line in syntax], "starts": told.returncode == 0}


def record(kind: str, ask, running) -> None:
    path = RECORDED / f"postgres_{kind}.json"
    recorded = json.loads(path.read_text(encoding="utf-8"))
    recorded["versions"] = [server.version().split(" ")[0] for server in running]
    cases = recorded["cases"]
    with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
        told = list(pool.map(lambda server: [ask(server, case["files"]) for case in cases], running))
    for index, case in enumerate(cases):
        answers: list[dict] = []
        for server, answer in zip(running, told):
            same = [known for known in answers if {**known, "majors": None} == {**answer[index], "majors": None}]
            if same:
                same[0]["majors"].append(server.major)
            else:
                answers.append({"majors": [server.major], **answer[index]})
        case["answers"] = answers
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    head = {key: value for key, value in recorded.items() if key != "cases"}
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "cases": [\n' + lines + "\n ]\n}\n"
    path.write_text(text, encoding="utf-8")
    print(f"{kind}: {len(cases)} cases", file=sys.stderr)


def main() -> None:
    with servers() as running:
        record("hba", hba, running)
        record("conf", conf, running)


if __name__ == "__main__":
    main()
