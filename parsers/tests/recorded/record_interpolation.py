#!/usr/bin/env python3
"""Records anew what the real Docker Compose makes of every input of interpolation.json.

usage: record_interpolation.py DOCKER_COMPOSE_BINARY

Inputs, variables and order of the fixture are kept; only the version and the answers are replaced. Each input is the
value of a label, so that nothing but interpolation touches it. `config` needs no daemon.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

FIXTURE = pathlib.Path(__file__).with_name("interpolation.json")


def answer(binary: str, text: str, variables: dict[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as directory:
        model = {"name": "x", "services": {"s": {"image": "i", "labels": {"v": text}}}}
        # JSON is YAML, and its string escapes are those of YAML.
        pathlib.Path(directory, "compose.yaml").write_text(json.dumps(model), encoding="utf-8")
        run = subprocess.run(
            [binary, "-f", "compose.yaml", "config", "--format", "json"],
            cwd=directory,
            env={"HOME": "/home/user", "PATH": "/usr/bin:/bin", **variables},
            capture_output=True,
            check=False,
        )
        if run.returncode != 0:
            return {"refused": run.stderr.decode().strip().splitlines()[-1]}
        # `config` writes a file that can be read again: every `$` is doubled.
        return {"value": json.loads(run.stdout)["services"]["s"]["labels"]["v"].replace("$$", "$")}


def main() -> None:
    binary = sys.argv[1]
    fixture = json.loads(FIXTURE.read_text(encoding="utf-8"))
    fixture["version"] = subprocess.run(
        [binary, "version", "--short"], capture_output=True, check=True, text=True
    ).stdout.strip()
    fixture["cases"] = [
        {"input": case["input"], **answer(binary, case["input"], fixture["variables"])} for case in fixture["cases"]
    ]
    FIXTURE.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
