#!/usr/bin/env python3
"""Records anew how the real Docker Compose reads every input of dotenv.json.

usage: record_dotenv.py DOCKER_COMPOSE_BINARY

Inputs, variables and order of the fixture are kept; only the version and the answers are replaced. Each input is the
`env_file` of a service, once as Compose reads it (`compose`) and once with `format: raw` (`raw`); the answer is the
environment of the service. `config` needs no daemon.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

FIXTURE = pathlib.Path(__file__).with_name("dotenv.json")


def answer(binary: str, text: str, variables: dict[str, str], entry: dict[str, str]) -> object:
    with tempfile.TemporaryDirectory() as directory:
        model = {"name": "x", "services": {"s": {"image": "i", "env_file": [{"path": "x.env", **entry}]}}}
        # JSON is YAML.
        pathlib.Path(directory, "compose.yaml").write_text(json.dumps(model), encoding="utf-8")
        pathlib.Path(directory, "x.env").write_bytes(text.encode())
        run = subprocess.run(
            [binary, "-f", "compose.yaml", "config", "--format", "json"],
            cwd=directory,
            env={"HOME": "/home/user", "PATH": "/usr/bin:/bin", **variables},
            capture_output=True,
            check=False,
        )
        if run.returncode != 0:
            return "ERR " + run.stderr.decode().strip().splitlines()[-1].replace(directory + "/", "")
        # `config` writes a file that can be read again: every `$` is doubled, in names too.
        environment = json.loads(run.stdout)["services"]["s"].get("environment", {})
        return {key.replace("$$", "$"): value.replace("$$", "$") for key, value in environment.items()}


def main() -> None:
    binary = sys.argv[1]
    fixture = json.loads(FIXTURE.read_text(encoding="utf-8"))
    fixture["version"] = subprocess.run(
        [binary, "version", "--short"], capture_output=True, check=True, text=True
    ).stdout.strip()
    variables = fixture["variables"]
    fixture["cases"] = [
        {
            "input": case["input"],
            "compose": answer(binary, case["input"], variables, {}),
            "raw": answer(binary, case["input"], variables, {"format": "raw"}),
        }
        for case in fixture["cases"]
    ]
    FIXTURE.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
