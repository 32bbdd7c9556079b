#!/usr/bin/env python3
"""Compares what stacklint resolves with what the real Docker Compose answers, for every stack below a directory.

    tests/oracles/compare.py DOCKER_COMPOSE_BINARY STACKLINT_BINARY DIRECTORY [--only TEXT] [--verbose] [--jobs N]

Three kinds of stack are tried in each directory that holds Compose files: the default one, as `docker compose config`
finds it; every other Compose file alone; and every other Compose file as a layer on the default file. A file counts if
its name ends in .yml or .yaml and a line of it starts with `services:` or `include:`.

Both programs see the same world: no variable but HOME, PATH and PWD, no engine, no network, standard input closed.
Point it at a copy of what you compare: nothing is written there, but the answers hold its absolute paths.

A line for each stack with a difference, a count for each outcome, exit code 1 if anything differs:
    equal        the same model; where Docker Compose cannot write its own model as JSON, the same YAML
    refused      both refuse it
    we load      Docker Compose refuses what we load
    we refuse    we refuse what Docker Compose loads
    different    both load it, into different models
    yaml         the models are equal, the YAML texts are not (with --yaml)
    warnings     the models are equal, the variables that are said to be unset are not
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

DEFAULTS = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
OVERRIDES = [
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
]
HOME = "/home/user"


def stacks(top):
    """The stacks below `top`: a directory, and the files named with -f."""
    for directory, below, names in os.walk(top):
        below.sort()
        if ".git" in below:
            below.remove(".git")
        files = sorted(name for name in names if is_compose(os.path.join(directory, name)))
        default = next((name for name in DEFAULTS if name in names), None)
        if default:
            yield directory, []
        for name in files:
            if name == default:
                continue
            yield directory, [name]
            if default and name not in OVERRIDES:
                yield directory, [default, name]


def is_compose(path):
    if not path.endswith((".yml", ".yaml")) or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return re.search(rb"^(services|include)\s*:", file.read(), re.M) is not None


def run(command, directory):
    environment = {"HOME": HOME, "PATH": "/usr/bin:/bin", "PWD": directory}
    try:
        done = subprocess.run(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return 124, b"", b"no answer in two minutes"
    return done.returncode, done.stdout, done.stderr


def flags(files):
    return [word for name in files for word in ("-f", name)]


def theirs(program, directory, files, form):
    return run([program, *flags(files), "config", "--format", form], directory)


def ours(program, root, directory, files, form):
    # A file alone is loaded from where it is; so is the default stack.
    options = ["--root", root, "--allow-outside", "--show-secrets", "--env", "HOME=" + HOME, "--format", form]
    return run([program, "resolve", *options, *flags(files)], directory)


def differences(ours, theirs, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(set(ours) | set(theirs)):
            below = f"{path}.{key}" if path else key
            if key not in theirs:
                yield f"{below}: {json.dumps(ours[key])} is not in theirs"
            elif key not in ours:
                yield f"{below}: {json.dumps(theirs[key])} is missing"
            else:
                yield from differences(ours[key], theirs[key], below)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs)):
            yield from differences(one, other, f"{path}[{index}]")
    elif not same(ours, theirs):
        yield f"{path}: {json.dumps(ours)} should be {json.dumps(theirs)}"


def same(ours, theirs):
    """Whether two single values are one. A large number may be written with an exponent or without."""
    large = all(isinstance(value, (int, float)) and abs(value) >= 2**53 for value in (ours, theirs))
    return ours == theirs and (large or type(ours) is type(theirs))


def unset(text):
    """The variables that Docker Compose calls unset."""
    found = re.findall(rb'The \\"(.*?)\\" variable is not set', text)
    return sorted({name.decode("utf-8", "replace") for name in found})


def yaml_differences(arguments, directory, files):
    """The lines in which the YAML texts differ."""
    _, text, _ = theirs(arguments.compose, directory, files, "yaml")
    _, own, _ = ours(arguments.stacklint, arguments.directory, directory, files, "yaml")
    own, text = (lines.decode("utf-8", "replace").splitlines() for lines in (own, text))
    # Docker Compose writes the keys of `build.ssh` in an order that changes from run to run.
    if own == text or (any(line.strip() == "ssh:" for line in own) and sorted(own) == sorted(text)):
        return []
    pairs = [(one, other) for one, other in zip(own, text) if one != other]
    return [f"{one!r} should be {other!r}" for one, other in pairs[:5]] or ["one is longer"]


def judge(arguments, directory, files):
    """The outcome for one stack, and what there is to say about it."""
    code, out, err = theirs(arguments.compose, directory, files, "json")
    # `build.ssh` with a path and numbers such as `.inf` have no JSON there, a defect of the printing alone.
    if code and (b"error calling MarshalJSON" in err or b"json: unsupported value" in err):
        lines = yaml_differences(arguments, directory, files)
        return ("yaml" if lines else "equal"), lines
    our_code, our_out, our_err = ours(arguments.stacklint, arguments.directory, directory, files, "json")
    message = b"\n".join(line for line in err.splitlines() if b"level=" not in line).decode("utf-8", "replace").strip()
    if our_code not in (0, 1):
        failure = our_err.decode("utf-8", "replace").strip()
        return ("refused" if code and our_code == 3 else "we fail"), [f"exit code {our_code}: {failure}", message]
    answer = json.loads(our_out)
    errors = [error["message"] for error in answer["errors"]]
    if code:
        return ("refused", [message, *errors[:3]]) if our_code else ("we load", [message])
    if our_code:
        return "we refuse", errors
    lines = list(differences(answer["model"], json.loads(out)))
    if lines:
        return "different", lines
    names = {re.match(r"the variable `(.*?)` is not set", warning["message"]) for warning in answer["warnings"]}
    names = sorted({name[1] for name in names if name})
    if names != unset(err):
        return "warnings", [f"unset here: {names}, there: {unset(err)}"]
    if arguments.yaml:
        lines = yaml_differences(arguments, directory, files)
        if lines:
            return "yaml", lines
    return "equal", []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("compose", type=os.path.abspath)
    parser.add_argument("stacklint", type=os.path.abspath)
    parser.add_argument("directory", type=os.path.abspath)
    parser.add_argument("--only", default="", help="stacks whose name holds this")
    parser.add_argument("--verbose", action="store_true", help="show agreed refusals too, with both messages")
    parser.add_argument("--yaml", action="store_true", help="compare the YAML texts, too")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()

    def name(directory, files):
        return os.path.relpath(directory, arguments.directory) + ": " + (" + ".join(files) or "default")

    tried = [stack for stack in stacks(arguments.directory) if arguments.only in name(*stack)]
    counts = {}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        judged = pool.map(lambda stack: judge(arguments, *stack), tried)
        for stack, (outcome, lines) in zip(tried, judged):
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome not in ("equal", "refused") or (arguments.verbose and outcome == "refused"):
                print(f"{outcome}: {name(*stack)}")
                for line in lines:
                    print(f"    {line}")
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())), f"of {len(tried)} stacks")
    return 0 if set(counts) <= {"equal", "refused"} else 1


if __name__ == "__main__":
    sys.exit(main())
