#!/usr/bin/env python3
"""Puts values of every kind at every attribute that Docker Compose knows, and compares what both programs make of them.

    tests/oracles/sweep.py DOCKER_COMPOSE_BINARY STACKLINT_BINARY
        [--layers] [--only TEXT] [--values TEXT] [--every N] [--offset N] [--jobs N]

The attributes are read out of the program itself, which holds the schema that it validates with. Each case is a stack of
one file, or with --layers of two that put one value over another. A line for each case that differs; see compare.py for
the outcomes. There are twenty thousand cases, and sixty thousand of layers; a thousand take a minute.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import sys
import tempfile
import types

import compare

# What a mapping needs beside the attribute that is tried.
BESIDE = {
    "services.s": {"image": "x"},
    "services.s.build": {"context": "."},
    "services.s.depends_on.b": {"condition": "service_started"},
    "services.s.volumes[]": {"type": "bind", "source": "/a", "target": "/b"},
    "services.s.devices[]": {"source": "/a", "target": "/b"},
    "services.s.ports[]": {"target": 80},
    "services.s.provider": {"type": "t"},
    "services.s.develop.watch[]": {"path": "/a", "action": "rebuild"},
    "services.s.post_start[]": {"command": "c"},
    "services.s.pre_stop[]": {"command": "c"},
    "services.s.develop.watch[].exec": {"command": "c"},
    "services.s.deploy.resources.reservations.devices[]": {"capabilities": ["c"]},
    "services.s.ulimits.l": {"soft": 1, "hard": 2},
    "services.s.build.ulimits.l": {"soft": 1, "hard": 2},
    "services.s.secrets[]": {"source": "sec"},
    "services.s.build.secrets[]": {"source": "sec"},
    "services.s.configs[]": {"source": "con"},
    "services.s.env_file[]": {"path": "e.env"},
    "services.s.extends": {"service": "b"},
    "include[]": {"path": "inc.yaml"},
    "models.m": {"model": "x"},
    "secrets.sec": {"file": "./x"},
    "configs.con": {"file": "./x"},
}

# What every stack has, so that names mean something.
FRAME = {
    "services": {"s": {"image": "x"}, "b": {"image": "y"}},
    "networks": {"n": {}},
    "volumes": {"v": {}},
    "secrets": {"sec": {"file": "./x"}},
    "configs": {"con": {"file": "./x"}},
    "models": {"m": {"model": "x"}},
}

# The values, as YAML.
VALUES = [
    "", "true", "'no'", "0", "-1", "5", "1.5", "1.0", "1e3", "010", "99999999999999999999", "''", "abc", "'1'", "'1.5'",
    "'-1'", "2001-12-14", "64m", "10s", "all", "b", "service:b", "a:b:c", "'80:80'", "/a:/b", "'${UNSET}'",
    "'${UNSET:-5}'", "' a '", "[]", "[a]", "[b, a, b]", "['']", "[1]", "[1.5]", "['80:80']", "[~]", "[true]", "[[a]]",
    "[{}]", "[A=b, A=b]", "[A=1, A=2]", "[=a]", "[/a:/b, /c:/b]", "[n]", "{}", "{a: b}", "{a: 1.5}", "{a: }",
    "{a: true}", "{a: [b]}", "{a: {}}", "{x-a: 1}", "{1: a}", "{'': a}", "{b: }", "{n: }", "{soft: 1, hard: 2}",
    "{target: 80}", "[{x-a: b}]", "[{target: 80, published: 80}]", "!!str 5", "!reset", "!override []",
]

# For layers: what is tried over what.
PAIRS = [
    "", "abc", "1", "[]", "[a]", "[A=1]", "[A=2, B]", "{}", "{a: b}", "{a: c, b: }", "!reset", "!override [z]",
    "!override {z: z}", "['80:80', 80]", "[v:/a]", "[v:/a/:ro]",
]


def schema(program):
    """The Compose schema, from within the program."""
    data = open(program, "rb").read()
    at = data.index(b'"$id": "compose_spec.json"')
    start = data.rindex(b"{", 0, at)
    return json.JSONDecoder().raw_decode(data[start:start + 400_000].decode("utf-8", "replace"))[0]


def attributes(node, schema, path=()):
    """The paths of all attributes, and whether they take nothing but single values."""
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
    if path:
        yield path, not {"oneOf", "properties", "patternProperties", "items"} & node.keys()
    for choice in node.get("oneOf", []):
        yield from attributes(choice, schema, path)
    for name, below in node.get("properties", {}).items():
        yield from attributes(below, schema, (*path, name))
    for pattern, below in node.get("patternProperties", {}).items():
        if pattern != "^x-":
            yield from attributes(below, schema, (*path, name_of(path)))
    if isinstance(node.get("items"), dict):
        yield from attributes(node["items"], schema, (*path, "[]"))


def name_of(path):
    names = {"services": "s", "networks": "n", "volumes": "v", "secrets": "sec", "configs": "con", "models": "m"}
    names.update({"depends_on": "b", "ulimits": "l"})
    return names.get(path[-1], "k")


def spelled(path):
    return ".".join(path).replace(".[]", "[]")


def is_compound(values):
    """Whether a value is not worth trying where single values are taken: a list and a mapping are enough."""
    return any(value[:1] in ("[", "{") and value not in ("[a]", "{a: b}") for value in values)


class Written(str):
    """A value that is YAML already."""


def text(value):
    if isinstance(value, Written):
        return f"{value} "
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    return json.dumps(value)


def at(path, value, whole=True):
    """A file with `value` at `path`."""
    inner = Written(value)
    for depth in range(len(path) - 1, -1, -1):
        around, step = spelled(path[:depth]), path[depth]
        inner = [inner] if step == "[]" else {**(BESIDE.get(around, {}) if whole or depth > 2 else {}), step: inner}
    file = {key: dict(entries) for key, entries in FRAME.items()} if whole else {}
    for section, entries in inner.items():
        if isinstance(entries, dict) and section in file:
            file[section].update(entries)
        else:
            file[section] = entries
    return "".join(f"{section}: {text(entries)}\n" for section, entries in file.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("compose", type=os.path.abspath)
    parser.add_argument("stacklint", type=os.path.abspath)
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--only", default="", help="attributes whose path holds this")
    parser.add_argument("--from", dest="first", default="", help="the first attribute to try")
    parser.add_argument("--values", default=None, help="this value alone")
    parser.add_argument("--every", type=int, default=1, help="of the cases only each so manieth")
    parser.add_argument("--offset", type=int, default=0, help="of those, so many before the first")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    rules = schema(arguments.compose)
    single = dict(attributes(rules, rules))
    paths = [path for path in single if arguments.only in spelled(path)]
    starts = [index for index, path in enumerate(paths) if spelled(path) == arguments.first]
    paths = paths[starts[0] if starts else 0:]
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as top, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        run = types.SimpleNamespace(compose=arguments.compose, stacklint=arguments.stacklint, directory=top, yaml=False)

        def judge(case):
            number, path, values = case
            directory = os.path.join(top, f"s{number}")
            os.mkdir(directory)
            files = {"compose.yaml": at(path, values[0]), "e.env": "", "inc.yaml": "services: {i: {image: x}}\n"}
            if len(values) > 1:
                files["compose.override.yaml"] = at(path, values[1], whole=False)
            for name, content in files.items():
                with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                    file.write(content)
            return compare.judge(run, directory, [])

        tried = [(value,) for value in VALUES]
        if arguments.layers:
            tried = [(base, layer) for base in PAIRS for layer in PAIRS]
        if arguments.values is not None:
            tried = [tuple(arguments.values.split(" + "))]
        cases = [(path, values) for path in paths for values in tried if not (single[path] and is_compound(values))]
        cases = [(number, *case) for number, case in enumerate(cases[arguments.offset :: arguments.every])]
        for (_, path, values), (outcome, lines) in zip(cases, pool.map(judge, cases)):
            counts[outcome] += 1
            if outcome not in ("equal", "refused"):
                print(f"{outcome}: {spelled(path)}: {' + '.join(values)}")
                for line in lines[:4]:
                    print(f"    {line.replace(top, '')}")
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())), f"of {len(cases)} cases")


if __name__ == "__main__":
    sys.exit(main())
