#!/usr/bin/env python3
"""Records how the other loaders read the inputs of dotenv.json, into dotenv_more_loaders.json.

usage: record_dotenv_more_loaders.py NODE_MODULES

Needs python-dotenv in this Python, `dotenv` and `dotenv-expand` in NODE_MODULES, `node` and `bash`. The inputs run nothing
but what Bash makes of them, without PATH. Where Bash writes to standard error, the answer is a string that starts with ERR.
"""
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import dotenv

HERE = pathlib.Path(__file__).parent
MODULES = """
const fs = require("fs");
const dotenv = require("dotenv"), expand = require("dotenv-expand");
const {inputs, environment} = JSON.parse(fs.readFileSync(0));
console.log(JSON.stringify(inputs.map(text => {
  const parsed = dotenv.parse(text);
  const expanded = /[$][(]|`/.test(text) ? null : expand.expand({parsed: {...parsed}, processEnv: {...environment}}).parsed;
  return {"node-dotenv": parsed, "node-dotenv-expand": expanded};
})));
"""
# What the file prints counts as something that it runs. The name of the last command, in `_`, is always there.
BASH = "set -a; . ./x.env >&2; unset -v HOME PATH PWD OLDPWD SHLVL; exec /usr/bin/env -u _ -u SHLVL -0"


def main() -> None:
    recorded = json.loads((HERE / "dotenv.json").read_text(encoding="utf-8"))
    variables = recorded["variables"]
    os.environ.clear()
    os.environ.update(variables)
    path = {**variables, "PATH": "/usr/local/bin:/usr/bin:/bin", "NODE_PATH": sys.argv[1]}
    texts = [case["input"] for case in recorded["cases"]]
    node = subprocess.run(
        ["node", "-e", MODULES],
        input=json.dumps({"inputs": texts, "environment": variables}).encode(),
        env=path,
        capture_output=True,
        check=True,
    )
    cases = []
    for text, answers in zip(texts, json.loads(node.stdout)):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory, "x.env")
            file.write_bytes(text.encode())
            answers["python-dotenv"] = dict(dotenv.dotenv_values(file))
            run = subprocess.run(
                ["node", "--env-file=" + str(file), "-p", "JSON.stringify(process.env)"],
                env={key: value for key, value in path.items() if key != "NODE_PATH"},
                capture_output=True,
                check=False,
            )
            answers["node-env-file"] = json.loads(run.stdout) if run.returncode == 0 else "ERR"
            if run.returncode == 0:
                answers["node-env-file"].pop("PATH", None)
            run = subprocess.run(
                ["/bin/bash", "--norc", "-c", BASH],
                cwd=directory,
                env={**variables, "HOME": "/home/user", "PATH": "/nowhere"},
                capture_output=True,
                check=False,
            )
            if "$$" in text:
                # The number of the process.
                answers["bash"] = None
            elif run.stderr or run.returncode != 0:
                answers["bash"] = "ERR " + run.stderr.decode(errors="replace").replace(directory, "")
            else:
                pairs = run.stdout.decode().split("\0")[:-1]
                answers["bash"] = dict(pair.split("=", 1) for pair in pairs)
        for name, answer in answers.items():
            if isinstance(answer, dict):
                answers[name] = {key: value for key, value in answer.items() if key not in variables}
        cases.append({"input": text, "answers": answers})
    versions = {
        "python-dotenv": importlib.metadata.version("python-dotenv"),
        **{
            name: json.loads(pathlib.Path(sys.argv[1], package, "package.json").read_text())["version"]
            for name, package in [("node-dotenv", "dotenv"), ("node-dotenv-expand", "dotenv-expand")]
        },
        "node-env-file": subprocess.run(["node", "--version"], env=path, capture_output=True, text=True).stdout.strip(),
        "bash": subprocess.run(["/bin/bash", "--version"], capture_output=True, text=True).stdout.splitlines()[0],
    }
    about = (
        "What other loaders answered for the inputs of dotenv.json, with its variables set in the environment and left out "
        "of the answers. Recorded by record_dotenv_more_loaders.py. null: not recorded,"
        " as the input would run a command or use the number of the process."
    )
    fixture = {"about": about, "versions": versions, "variables": variables, "cases": cases}
    text = json.dumps(fixture, indent=1, ensure_ascii=False) + "\n"
    (HERE / "dotenv_more_loaders.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
