"""Clients that know little, refuse much, or send nonsense. The server must answer as the protocol says, and stay."""

import json
import shutil
import time

import pytest

from conftest import PATIENCE, checked

VSCODE = {
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "workspaceFolders": True,
        "diagnostics": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    },
    "textDocument": {"publishDiagnostics": {"versionSupport": True}},
    "window": {"workDoneProgress": True},
}


def opened(client, stack, capabilities=None):
    client.initialize({} if capabilities is None else capabilities)
    uri = client.open(stack / "compose.yaml")
    client.settled(lambda: client.diagnostics.get(uri))
    return uri


def test_a_client_that_declares_nothing(raw, stack):
    client = raw()
    uri = opened(client, stack)
    wanted = checked(stack)["compose.yaml"]
    assert client.rules(uri) == sorted(rule for rule, _, _ in wanted)
    env = client.open(stack / ".env")
    client.change(env, "# nothing\n", 2)
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri))
    asked = [message["method"] for message in client.seen if "method" in message and "id" in message]
    assert asked == [], "it declared that it answers none of these"
    told = {message["method"] for message in client.seen if "method" in message}
    assert told <= {"textDocument/publishDiagnostics", "window/logMessage", "window/showMessage"}
    assert client.end() == 0


def test_a_client_that_rejects_every_request(raw, stack):
    client = raw(answer=lambda message: {"error": {"code": -32601, "message": f"no {message['method']} here"}})
    uri = opened(client, stack, VSCODE)
    asked = [message["method"] for message in client.seen if "method" in message and "id" in message]
    assert "client/registerCapability" in asked
    # Without a watcher it looks by itself.
    (stack / ".env").write_text("# nothing\n")
    client.change(uri, (stack / "compose.yaml").read_text() + "\n", 2)
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri))
    assert client.end() == 0


def test_a_client_that_never_answers(raw, stack):
    client = raw()
    uri = opened(client, stack, VSCODE)
    env = client.open(stack / ".env")
    client.change(env, "# nothing\n", 2)
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri))
    assert client.end() == 0


def test_a_client_that_answers_what_nobody_asked(raw, stack):
    client = raw()
    opened(client, stack)
    client.message({"jsonrpc": "2.0", "id": 4711, "result": None})
    client.message({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "what?"}})
    client.notify("$/cancelRequest", {"id": 4711})
    client.notify("$/progress", {"token": "x", "value": {}})
    client.notify("stacklint/noSuchNotification", {})
    assert client.alive()


def test_without_a_folder_the_opened_file_is_judged(raw, stack):
    client = raw()
    client.folder = None
    client.initialize({}, workspaceFolders=None)
    uri = client.open(stack / "compose.yaml")
    client.settled(lambda: client.diagnostics.get(uri))
    assert client.rules(uri) == sorted(rule for rule, _, _ in checked(stack)["compose.yaml"])


def test_order_of_the_session(raw, stack):
    client = raw()
    early = client.request("textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": 0, "character": 0}})
    assert early["error"]["code"] == -32002
    opened(client, stack)
    again = client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert again["error"]["code"] == -32600
    assert client.alive()
    assert client.request("shutdown")["result"] is None
    late = client.request("textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": 0, "character": 0}})
    assert late["error"]["code"] == -32600
    client.notify("exit")
    assert client.process.wait(PATIENCE) == 0


def test_exit_without_shutdown(raw, stack):
    client = raw()
    opened(client, stack)
    client.notify("exit")
    assert client.process.wait(PATIENCE) == 1


@pytest.mark.parametrize("when", ["at once", "initialized", "half a message"])
def test_the_client_is_gone(raw, stack, when):
    client = raw()
    if when != "at once":
        opened(client, stack)
    if when == "half a message":
        client.bytes(b"Content-Length: 100\r\n\r\n{")
    client.process.stdin.close()
    assert client.process.wait(PATIENCE) != 101


BAD_PARAMETERS = [
    ("textDocument/hover", None),
    ("textDocument/hover", []),
    ("textDocument/hover", {"textDocument": {"uri": 1}, "position": {"line": 0, "character": 0}}),
    ("textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": "0", "character": 0}}),
    ("textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": -1, "character": 0}}),
    ("textDocument/codeAction", {"textDocument": {"uri": "file:///a"}}),
    ("textDocument/definition", {"textDocument": None, "position": None}),
    ("workspace/executeCommand", {"arguments": []}),
    ("workspace/executeCommand", {"command": "rm -rf", "arguments": []}),
    ("workspace/executeCommand", {"command": "stacklint.explainStack", "arguments": [{}]}),
]


@pytest.mark.parametrize(("method", "parameters"), BAD_PARAMETERS)
def test_requests_with_wrong_parameters(raw, stack, method, parameters):
    client = raw()
    opened(client, stack)
    answer = client.request(method, parameters)
    assert answer["error"]["code"] in (-32602, -32600), answer
    assert answer["error"]["message"]
    assert client.alive()


PLACES = [(0, 4_000_000_000), (4_000_000_000, 0), (2, 47), (2, 4096), (999, 999)]


@pytest.mark.parametrize(("line", "character"), PLACES)
def test_places_that_are_not_in_the_text(raw, stack, line, character):
    """Behind the end of a line means its end; in the middle of a character, its start. Both are no errors."""
    client = raw()
    uri = opened(client, stack)
    place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    for method in ("textDocument/hover", "textDocument/definition"):
        assert "error" not in client.request(method, place)
    span = {"start": place["position"], "end": place["position"]}
    actions = {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": []}}
    assert "error" not in client.request("textDocument/codeAction", actions)


NONSENSE = [
    {"textDocument": {"uri": "URI", "version": 2}, "contentChanges": [{"range": {"start": {"line": 900, "character": 0}, "end": {"line": 901, "character": 5}}, "text": "x"}]},
    {"textDocument": {"uri": "URI", "version": 2}, "contentChanges": [{"range": {"start": {"line": 2, "character": 9}, "end": {"line": 1, "character": 0}}, "text": "x"}]},
    {"textDocument": {"uri": "URI", "version": 2}, "contentChanges": [{"range": {"start": {"line": 2, "character": 46}, "end": {"line": 2, "character": 47}}, "text": ""}]},
    {"textDocument": {"uri": "URI", "version": 2}, "contentChanges": []},
    {"textDocument": {"uri": "URI", "version": 0}, "contentChanges": [{"text": "services: {}\n"}]},
    {"textDocument": {"uri": "file:///nowhere/compose.yaml", "version": 2}, "contentChanges": [{"text": "services: {}\n"}]},
    {"textDocument": {"uri": "untitled:compose.yaml", "version": 2}, "contentChanges": [{"text": "services: {}\n"}]},
    {"textDocument": {"uri": "URI"}, "contentChanges": "all"},
    {"contentChanges": [{"text": ""}]},
    [],
]


@pytest.mark.parametrize("parameters", NONSENSE)
def test_changes_that_make_no_sense(raw, stack, parameters):
    client = raw()
    uri = opened(client, stack)
    client.message({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": json.loads(json.dumps(parameters).replace("URI", uri))})
    assert client.alive()
    # A whole text brings both to the same state again.
    env = client.open(stack / ".env")
    client.change(env, "# nothing\n", 2)
    client.change(uri, (stack / "compose.yaml").read_text(), 9)
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri))
    assert client.end() == 0


@pytest.mark.parametrize(
    "uri",
    ["untitled:Untitled-1", "git:/a/compose.yaml?HEAD", "file://host/share/compose.yaml", "file:///%00/compose.yaml", "file:///%FF%FE/compose.yaml", "file:compose.yaml", "", "%", "http://example.org/compose.yaml", "file:///"],
)
def test_documents_from_elsewhere(raw, stack, uri):
    client = raw()
    known = opened(client, stack)
    document = {"uri": uri, "languageId": "yaml", "version": 1, "text": "services: {db: {image: postgres, ports: ['5432:5432']}}\n"}
    client.notify("textDocument/didOpen", {"textDocument": document})
    client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 20}})
    client.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 9}}, "context": {"diagnostics": []}})
    client.change(uri, "services: {}\n", 2)
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.alive()
    assert client.diagnostics.get(known)


MALFORMED = [
    b"Content-Length: 7\r\n\r\n{\"a\": \n",
    b"Content-Length: 2\r\n\r\n[]",
    b"Content-Length: 4\r\n\r\nnull",
    b"Content-Length: 2\r\n\r\n{}",
    b"Content-Length: 5\r\n\r\n\"\xff\xfe\x00\"",
    b"Content-Length: 0\r\n\r\n",
    b"Content-Length: 40\r\n\r\n" + b'{"jsonrpc":"1.0","id":{},"method":false}',
    b"content-length: 4\r\nContent-Type: x\r\n\r\ntrue",
]

BROKEN_FRAMES = [
    b"\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: many\r\n\r\n",
    b"Content-Length: 99999999999999999999999999\r\n\r\n",
    b"Content-Length: 9223372036854775807\r\n\r\n{",
    b"Content-Length: 4000000000000\r\n\r\n{",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x00\x01\x02\xff\xfe" * 100 + b"\r\n\r\n",
    b"Content-Length 5\r\n\r\n[1,2]",
]


@pytest.mark.parametrize("data", MALFORMED)
def test_a_message_that_is_none(raw, stack, data):
    """The frame is right, so that the next message is found: the server answers an error or nothing, and goes on."""
    client = raw()
    uri = opened(client, stack)
    client.bytes(data)
    assert client.alive()
    env = client.open(stack / ".env")
    client.change(env, "# nothing\n", 2)
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri))
    for message in client.seen:
        if "error" in message and message.get("id") is None:
            assert message["error"]["code"] in (-32700, -32600)


@pytest.mark.parametrize("data", BROKEN_FRAMES)
def test_a_frame_that_is_none(raw, stack, data):
    """Nobody can say where the next message starts: the server may end, in order and saying why, but not fall over."""
    client = raw()
    opened(client, stack)
    client.bytes(data)
    client.process.stdin.close()
    code = client.process.wait(PATIENCE)
    assert code in (0, 1, 2), (code, client.errors)


def test_a_deep_message(raw, stack):
    client = raw()
    opened(client, stack)
    body = b'{"jsonrpc":"2.0","method":"x","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    client.bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert client.alive()


def test_half_typed_yaml_keeps_what_was_known(raw, stack):
    client = raw()
    client.initialize({})
    (stack / ".env").write_text("# nothing\n")
    uri = client.open(stack / "compose.yaml")
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri))
    text = (stack / "compose.yaml").read_text()
    client.change(uri, text.replace("services:\n", "services:\n  api: {image: \n"), 2)
    client.settled(lambda: "syntax-error" in client.rules(uri))
    assert "bind-address-fails-open" in client.rules(uri)
    client.change(uri, text, 3)
    client.settled(lambda: "syntax-error" not in client.rules(uri))
    assert "bind-address-fails-open" in client.rules(uri)


def test_a_broken_configuration_is_a_problem_in_it(raw, stack):
    client = raw()
    uri = opened(client, stack)
    known = client.rules(uri)
    configuration = stack / "stacklint.yaml"
    configuration.write_text("ignore: [missing-cap-drop-all]\n")
    there = client.open(configuration, language="yaml")
    client.settled(lambda: "missing-cap-drop-all" not in client.rules(uri))
    client.change(there, "ignore: [missing-cap-drop-al]\n", 2)
    client.settled(lambda: client.diagnostics.get(there))
    (problem,) = client.diagnostics[there]
    assert problem["severity"] == 1 and problem["range"]["start"] == {"line": 0, "character": 9}
    assert "missing-cap-drop-all" in problem["message"] or "missing-cap-drop-all" in json.dumps(problem)
    client.change(there, "{}\n", 3)
    client.settled(lambda: not client.diagnostics.get(there) and client.rules(uri) == known)


def test_many_changes_at_once(raw, stack):
    """The last state is what counts, and it comes soon."""
    client = raw()
    uri = opened(client, stack)
    env = client.open(stack / ".env")
    for version in range(2, 502):
        client.change(env, f"BIND={'127.0.0.1' if version % 2 else '0.0.0.0'}\n", version)
    client.change(env, "# nothing\n", 600)
    begun = time.monotonic()
    client.settled(lambda: "bind-address-fails-open" in client.rules(uri) and not client.rules(env))
    assert time.monotonic() - begun < PATIENCE
    assert client.end() == 0


def test_the_secret_is_nowhere(raw, stack):
    """Not in a problem, not in what a hover shows, not in an action, not in the log."""
    secret = "k9mQ2vXw7LpRtZ4s"
    client = raw()
    (stack / ".env").write_text(f"BIND=127.0.0.1\nDB_PASSWORD={secret}\n")
    (stack / "compose.yaml").write_text(
        "services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n"
    )
    client.initialize({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}})
    compose, env = client.open(stack / "compose.yaml"), client.open(stack / ".env")
    client.settled(lambda: client.diagnostics.get(env))
    for uri, lines in ((compose, 5), (env, 2)):
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": lines, "character": 0}}
        for line in range(lines):
            for character in range(0, 50, 3):
                place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
                client.request("textDocument/hover", place)
        context = {"diagnostics": client.diagnostics.get(uri, [])}
        client.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "range": whole, "context": context})
        client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
        client.request("textDocument/documentLink", {"textDocument": {"uri": uri}})
        client.request("workspace/executeCommand", {"command": "stacklint.explainStack", "arguments": [uri]})
    assert secret not in json.dumps(client.seen)
    assert secret.encode() not in client.errors


def test_folders_come_and_go(raw, stack, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(stack, other)
    first, second = [{"uri": folder.as_uri(), "name": folder.name} for folder in (stack, other)]
    client = raw()
    client.initialize({"workspace": {"workspaceFolders": True}}, workspaceFolders=[first, second])
    here, there = (stack / "compose.yaml").as_uri(), (other / "compose.yaml").as_uri()
    client.settled(lambda: client.diagnostics.get(here) and client.diagnostics.get(there))
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [second]}})
    client.settled(lambda: not client.diagnostics[there])
    assert client.diagnostics[here]
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [second], "removed": [first]}})
    client.settled(lambda: client.diagnostics[there] and not client.diagnostics[here])
    assert client.end() == 0


def test_files_come_and_go(raw, stack):
    """A file that nobody opened, and that was wanted: an override opens the port, and closes it when it is gone."""
    client = raw()
    uri = opened(client, stack, {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}})
    known = client.rules(uri)
    override = stack / "compose.override.yaml"

    def event(path, kind):
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": kind}]})

    override.write_text('services:\n  db:\n    ports: ["5433:5432"]\n')
    event(override, 1)
    client.settled(lambda: "published-datastore-port" in client.rules(override.as_uri()))
    moved = stack / "notes.txt"
    override.rename(moved)
    event(override, 3)
    event(moved, 1)
    client.settled(lambda: not client.diagnostics[override.as_uri()] and client.rules(uri) == known)
    assert client.end() == 0


def test_settings_while_it_runs(raw, stack):
    client = raw()
    uri = opened(client, stack)
    known = client.rules(uri)

    def tell(settings):
        client.notify("workspace/didChangeConfiguration", {"settings": {"stacklint": settings}})

    tell({"ignore": ["missing-cap-drop-all"]})
    client.settled(lambda: "missing-cap-drop-all" not in client.rules(uri))
    tell({"select": ["missing-cap-drop-all"]})
    client.settled(lambda: client.rules(uri) == ["missing-cap-drop-all"])
    tell({"minSeverity": "medium"})
    client.settled(lambda: client.rules(uri) and "missing-cap-drop-all" not in client.rules(uri))
    tell({"enable": False})
    client.settled(lambda: not client.rules(uri))
    tell({"enable": True, "minSeverity": "huge", "nonsense": [1], "select": 7, "ignore": {"a": 1}, "config": 3})
    client.settled(lambda: client.rules(uri) == known)
    tell(None)
    client.notify("workspace/didChangeConfiguration", {})
    assert client.alive() and client.rules(uri) == known
    logged = " ".join(each["params"]["message"] for each in client.seen if each.get("method") == "window/logMessage")
    assert "nonsense" in logged and "huge" in logged, "what nobody understands is said"


def test_all_is_fixed_in_every_folder(raw, stack, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(stack, other)
    folders = [{"uri": folder.as_uri(), "name": folder.name} for folder in (stack, other)]
    edits = []

    def answer(message):
        if message["method"] == "workspace/applyEdit":
            edits.append(message["params"]["edit"])
        return {"result": {"applied": True}}

    client = raw(answer=answer)
    client.initialize({"workspace": {"workspaceFolders": True, "applyEdit": True}}, workspaceFolders=folders)
    files = {(folder / "compose.yaml").as_uri() for folder in (stack, other)}
    client.settled(lambda: files <= {uri for uri, problems in client.diagnostics.items() if problems})
    answered = client.request("workspace/executeCommand", {"command": "stacklint.fixAll", "arguments": []})
    assert "error" not in answered
    client.settled(lambda: edits)
    assert set(edits[0]["changes"]) == files
    assert all("max-size" in json.dumps(each) for each in edits[0]["changes"].values())
