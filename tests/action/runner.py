"""Runs a composite action as GitHub's runner does, as far as ours needs it: expressions in `${{ }}`, `if`, `env`,
`continue-on-error`, the files that a step writes to, and the workflow commands in what it prints. A step that `uses`
another action is written down and not run; `uses_outcome` says how it ends.

The action is read with `stacklint parse`, since Python has no reader of YAML of its own.
"""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field

# Those that the runner knows (actions/runner, `ActionCommandManager`).
COMMANDS = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher",
    "save-state", "set-env", "set-output", "stop-commands", "warning",
}
STATUS = re.compile(r"\b(always|success|failure|cancelled)\(\)")


def plain(node):
    """A node of `stacklint parse` as dictionaries, lists and strings."""
    if node["kind"] == "mapping":
        return {entry["key"]["value"]: plain(entry["value"]) for entry in node["entries"]}
    if node["kind"] == "sequence":
        return [plain(item) for item in node["items"]]
    return node["value"]


def read_yaml(binary, path):
    run = subprocess.run([binary, "parse", "--as", "yaml", path], capture_output=True, check=True)
    report = json.loads(run.stdout)
    assert not report["errors"], report["errors"]
    return plain(report["documents"][0])


class Expression:
    """An expression: `||`, `&&`, `!`, `==`, `!=`, brackets, strings, properties of contexts, functions of the status."""

    TOKEN = re.compile(r"\s*(?:(\|\||&&|==|!=|!|\(|\))|'((?:[^']|'')*)'|([A-Za-z_][A-Za-z0-9_.-]*))")

    def __init__(self, text, contexts, status):
        self.contexts, self.status = contexts, status
        self.tokens, at, text = [], 0, text.strip()
        while at < len(text):
            match = self.TOKEN.match(text, at)
            assert match, f"this runner cannot read {text[at:]!r}"
            self.tokens.append(match)
            at = match.end()

    def evaluate(self):
        value = self.either()
        assert not self.tokens, "an expression goes on behind its end"
        return value

    def next_is(self, *operators):
        return bool(self.tokens) and self.tokens[0][1] in operators

    def either(self):
        value = self.both()
        while self.next_is("||"):
            self.tokens.pop(0)
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.compared()
        while self.next_is("&&"):
            self.tokens.pop(0)
            other = self.compared()
            value = value and other
        return value

    def compared(self):
        value = self.single()
        while self.next_is("==", "!="):
            wanted = self.tokens.pop(0)[1] == "=="
            value = (text(value).lower() == text(self.single()).lower()) == wanted
        return value

    def single(self):
        token = self.tokens.pop(0)
        if token[1] == "!":
            return not self.single()
        if token[1] == "(":
            value = self.either()
            assert self.tokens.pop(0)[1] == ")"
            return value
        if token[2] is not None:
            return token[2].replace("''", "'")
        assert token[3], "an operator stands where a value is wanted"
        if self.next_is("("):
            self.tokens.pop(0)
            assert self.tokens.pop(0)[1] == ")", "functions with arguments are not known here"
            return self.status[token[3]]
        value = self.contexts
        for name in token[3].split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


def text(value):
    return {None: "", True: "true", False: "false"}.get(value, value) if not isinstance(value, str) else value


def expand(template, contexts, status):
    """A template with the values of its expressions."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: text(Expression(found[1], contexts, status).evaluate()), template)


@dataclass
class Result:
    """What a run showed."""

    conclusion: str
    outputs: dict
    outcomes: dict
    uses: list
    log: str
    summary: str
    annotations: list = field(default_factory=list)
    commands: list = field(default_factory=list)

    def of_type(self, kind):
        return [annotation for annotation in self.annotations if annotation["type"] == kind]


def commands(log):
    """The workflow commands in what a step printed, as (name, properties, message)."""
    stopped = None
    for line in log.splitlines():
        line = line.lstrip()
        found = re.match(r"::([^ :]+)(?: ([^:]*))?::(.*)", line)
        if stopped is not None:
            if found and found[1] == stopped:
                stopped = None
            continue
        if not found or found[1].lower() not in COMMANDS:
            # The old form may stand anywhere in a line.
            found = re.search(r"##\[([^ \]]+)(?: ([^\]]*))?\](.*)", line)
            if not found or found[1].lower() not in COMMANDS:
                continue
        if found[1] == "stop-commands":
            stopped = found[3]
            continue
        properties = dict(part.split("=", 1) for part in re.split("[,;]", found[2] or "") if "=" in part)
        yield found[1].lower(), properties, found[3]
    assert stopped is None, "commands are still stopped at the end of a step"


def run(action, directory, *, inputs=None, github=None, workspace, path="", environment=None, uses_outcome="success", runner=None):
    """Runs the steps of an action that is checked out in `directory`, with `workspace` as the repository."""
    given = dict(inputs or {})
    assert set(given) <= set(action["inputs"]), "an input that the action does not have"
    inputs = {name: given.get(name, one.get("default") or "") for name, one in action["inputs"].items()}
    runner = {"os": "Linux", "arch": "X64", **(runner or {})}
    steps, outcomes, uses, log, summary, result_annotations, result_commands = {}, {}, [], "", "", [], []
    failed = False
    with tempfile.TemporaryDirectory(dir=os.path.dirname(workspace)) as files:
        for number, step in enumerate(action["runs"]["steps"]):
            contexts = {"inputs": inputs, "steps": steps, "github": github or {}, "runner": runner}
            status = {"always": True, "success": not failed, "failure": failed, "cancelled": False}
            condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", step.get("if", "success()").strip())
            if not STATUS.search(condition):
                condition = f"success() && ({condition})"
            name = step.get("id", step["name"])
            outputs = {}
            if not Expression(condition, contexts, status).evaluate():
                outcome = "skipped"
            elif "uses" in step:
                wanted = {key: expand(value, contexts, status) for key, value in step.get("with", {}).items()}
                uses.append({"uses": step["uses"], "with": wanted})
                outcome = uses_outcome
            else:
                assert step["shell"] == "bash"
                own = {key: os.path.join(files, f"{number}-{key}") for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
                for file in own.values():
                    open(file, "w", encoding="utf-8").close()
                done = subprocess.run(
                    ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", expand(step["run"], contexts, status)],
                    cwd=workspace,
                    env={
                        "PATH": os.pathsep.join(filter(None, [path, os.environ["PATH"]])),
                        "HOME": os.environ.get("HOME", files),
                        "CI": "true",
                        "GITHUB_ACTIONS": "true",
                        "RUNNER_OS": runner["os"],
                        "RUNNER_ARCH": runner["arch"],
                        "RUNNER_TEMP": files,
                        "GITHUB_WORKSPACE": workspace,
                        "GITHUB_ACTION_PATH": directory,
                        **own,
                        **(environment or {}),
                        **{key: expand(value, contexts, status) for key, value in step.get("env", {}).items()},
                    },
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
                printed = done.stdout.decode("utf-8", "replace")
                log += printed
                outcome = "success" if done.returncode == 0 else "failure"
                for kind, properties, message in commands(printed):
                    result_commands.append((kind, properties, message))
                    if kind in ("error", "warning", "notice"):
                        result_annotations.append({"type": kind, "message": message, **properties})
                with open(own["GITHUB_OUTPUT"], encoding="utf-8") as file:
                    outputs = dict(line.rstrip("\n").split("=", 1) for line in file)
                with open(own["GITHUB_STEP_SUMMARY"], "rb") as file:
                    written = file.read()
                    assert len(written) <= 1024 * 1024, "GitHub refuses a summary of this size"
                    summary += written.decode()
            forgiven = expand(step.get("continue-on-error", "false"), contexts, status) == "true"
            steps[name] = {"outputs": outputs, "outcome": outcome}
            outcomes[name] = outcome
            failed = failed or (outcome == "failure" and not forgiven)
        contexts = {"steps": steps}
        outputs = {name: expand(one["value"], contexts, {}) for name, one in action.get("outputs", {}).items()}
        # What is in a file is gone with the directory.
        for name in [name for name in outputs if name.endswith("-file") and outputs[name]]:
            with open(outputs[name], encoding="utf-8") as file:
                outputs[name] = file.read()
    return Result(
        "failure" if failed else "success", outputs, outcomes, uses, log, summary, result_annotations, result_commands
    )
