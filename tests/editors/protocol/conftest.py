"""What the tests share: the program, a stack to work on, and a client that talks plain JSON-RPC."""

import json
import os
import pathlib
import queue
import shutil
import subprocess
import threading

import pytest

HERE = pathlib.Path(__file__).parent
STACKLINT = os.environ.get("STACKLINT") or pytest.exit("STACKLINT is not set", returncode=2)
PATIENCE = float(os.environ.get("PATIENCE", "20"))


@pytest.fixture
def stack(tmp_path):
    """A copy of ../stack, in a folder whose name has to be encoded in a URI."""
    folder = tmp_path / "a stack, é"
    shutil.copytree(HERE.parent / "stack", folder)
    return folder


def checked(folder):
    """What `stacklint check` says: {file name: sorted [(rule, line, marked text)]}."""
    done = subprocess.run([STACKLINT, "check", "--format", "json", "."], cwd=folder, capture_output=True, check=False)
    found = {}
    for finding in json.loads(done.stdout)["findings"]:
        place = finding["location"]
        text = (folder / place["path"]).read_bytes()
        marked = text[place["start"]["offset"] : place["end"]["offset"]].decode()
        found.setdefault(place["path"], []).append((finding["rule"], place["start"]["line"], marked))
    return {path: sorted(entries) for path, entries in found.items()}


def index(line, character, encoding):
    """The index in the string `line` of a position in units of `encoding`."""
    if encoding == "utf-32":
        assert character <= len(line), "behind the end of its line"
        return character
    codec, size = ("utf-8", 1) if encoding == "utf-8" else ("utf-16-le", 2)
    encoded = line.encode(codec)
    assert character * size <= len(encoded), "behind the end of its line"
    return len(encoded[: character * size].decode(codec))


def units(text, encoding):
    """The length of `text` in units of `encoding`."""
    if encoding == "utf-32":
        return len(text)
    return len(text.encode("utf-8")) if encoding == "utf-8" else len(text.encode("utf-16-le")) // 2


def cut(text, start, end, encoding):
    """The part of `text` between two positions (line, character)."""
    lines = text.split("\n")
    if start[0] == end[0]:
        line = lines[start[0]]
        return line[index(line, start[1], encoding) : index(line, end[1], encoding)]
    first, last = lines[start[0]], lines[end[0]]
    return "\n".join([first[index(first, start[1], encoding) :], *lines[start[0] + 1 : end[0]], last[: index(last, end[1], encoding)]])


def offset(text, line, character, encoding):
    lines = text.split("\n")
    return sum(len(each) + 1 for each in lines[:line]) + index(lines[line], character, encoding)


def edited(text, edits, encoding):
    """`text` after LSP's text edits [(start, end, new text)], all of which mean the text as it was."""
    spans = sorted((offset(text, *start, encoding), offset(text, *end, encoding), new) for start, end, new in edits)
    for (_, before, _), (after, _, _) in zip(spans, spans[1:], strict=False):
        assert before <= after, "edits overlap"
    for start, end, new in reversed(spans):
        text = text[:start] + new + text[end:]
    return text


class Raw:
    """A client without manners: it sends what it is told to, also what is no message at all."""

    def __init__(self, folder=None, answer=None):
        self.process = subprocess.Popen(
            [STACKLINT, "lsp"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.answer = answer  # what it says to a request of the server; nothing is sent if it is None
        self.folder = folder
        self.inbox = queue.Queue()
        self.seen = []
        self.diagnostics = {}
        self.published = {}
        self.errors = b""
        self.last = 0
        self.lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._complaints, daemon=True).start()

    def _complaints(self):
        for line in self.process.stderr:
            self.errors += line

    def _read(self):
        while True:
            length = None
            while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode("ascii").partition(":")
                assert name.lower() in ("content-length", "content-type"), f"no header: {line!r}"
                if name.lower() == "content-length":
                    length = int(value)
            if length is None:
                self.inbox.put(None)
                return
            message = json.loads(self.process.stdout.read(length))
            self.seen.append(message)
            if message.get("method") == "textDocument/publishDiagnostics":
                parameters = message["params"]
                self.published[parameters["uri"]] = parameters
                self.diagnostics[parameters["uri"]] = parameters["diagnostics"]
            if "method" in message and "id" in message and self.answer is not None:
                self.message({"jsonrpc": "2.0", "id": message["id"], **self.answer(message)})
            self.inbox.put(message)

    def bytes(self, data):
        with self.lock:
            try:
                self.process.stdin.write(data)
                self.process.stdin.flush()
            except BrokenPipeError:
                pass  # it may have had enough

    def message(self, message):
        body = json.dumps(message).encode()
        self.bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method, parameters=None):
        self.message({"jsonrpc": "2.0", "method": method, **({} if parameters is None else {"params": parameters})})

    def request(self, method, parameters=None, patience=PATIENCE):
        """The whole answer: with `result`, or with `error`."""
        self.last += 1
        wanted = self.last
        message = {"jsonrpc": "2.0", "id": wanted, "method": method}
        self.message(message if parameters is None else {**message, "params": parameters})
        return self.until(lambda each: each.get("id") == wanted and "method" not in each, patience)

    def until(self, condition, patience=PATIENCE):
        while True:
            try:
                message = self.inbox.get(timeout=patience)
            except queue.Empty:
                pytest.fail(f"nothing came that was waited for; the last was {self.seen[-1:]}, stderr {self.errors!r}")
            if message is None:
                pytest.fail(f"the server ended with {self.process.wait(5)}: {self.errors.decode()}")
            if condition(message):
                return message

    def settled(self, condition):
        """Waits until `condition` holds of what has arrived."""
        if not condition():
            self.until(lambda _: condition())

    def initialize(self, capabilities, **more):
        root = None if self.folder is None else self.folder.as_uri()
        parameters = {"processId": os.getpid(), "rootUri": root, "capabilities": capabilities, **more}
        answer = self.request("initialize", parameters)
        self.notify("initialized", {})
        return answer["result"]

    def open(self, path, text=None, version=1, language="yaml"):
        text = path.read_text() if text is None else text
        document = {"uri": path.as_uri(), "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return path.as_uri()

    def change(self, uri, text, version):
        identifier = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})

    def rules(self, uri):
        return sorted(each["code"] for each in self.diagnostics.get(uri, []))

    def alive(self):
        """It still answers."""
        answer = self.request("stacklint/noSuchRequest", {})
        assert answer["error"]["code"] == -32601, answer
        return True

    def end(self):
        """As the protocol wants it; says the exit code."""
        assert self.request("shutdown")["result"] is None
        self.notify("exit")
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert b"panicked" not in self.errors, self.errors.decode()


@pytest.fixture
def raw(stack):
    """Makes clients; they are ended, and must not have seen a panic."""
    clients = []

    def make(folder=stack, answer=None):
        clients.append(Raw(folder, answer))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
