//! `lsp` on real pipes: framing, exit codes, and that nothing but the protocol is on standard output.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::Directory;

const COMPOSE: &str = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";

struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start(directory: &Directory, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stacklint"))
            .args(arguments)
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    fn write(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.write(&format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    }

    /// The next message; nothing at the end.
    fn receive(&mut self) -> Option<Value> {
        let mut length = None;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.strip_suffix("\r\n").unwrap().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().ok(),
                Some(other) => panic!("{other:?}"),
                None => break,
            }
        }
        let mut body = vec![0; length.unwrap()];
        self.output.read_exact(&mut body).unwrap();
        Some(serde_json::from_slice(&body).unwrap())
    }

    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.receive().unwrap();
            assert_eq!(message["jsonrpc"], "2.0");
            if wanted(&message) {
                return message;
            }
        }
    }

    /// How it ended, and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.child.stdin.take());
        let answer = self.child.wait_with_output().unwrap();
        (answer.status.code(), String::from_utf8(answer.stderr).unwrap())
    }
}

fn initialize(directory: &Directory) -> Value {
    let uri = format!("file://{}", directory.path().canonicalize().unwrap().display());
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"rootUri": uri, "capabilities": {}}})
}

#[test]
fn a_session_from_beginning_to_end() {
    let directory = Directory::with(&[("compose.yaml", COMPOSE)]);
    let mut server = Server::start(&directory, &["lsp", "--stdio"]);
    server.send(&initialize(&directory));
    let answer = server.until(|message| message["id"] == 1);
    assert_eq!(answer["result"]["serverInfo"]["name"], "stacklint");
    server.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    let told = server.until(|message| message["method"] == "textDocument/publishDiagnostics");
    let codes = told["params"]["diagnostics"].as_array().unwrap().iter().map(|one| one["code"].clone());
    assert!(codes.into_iter().any(|code| code == "published-datastore-port"));
    server.send(&json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}));
    assert_eq!(server.until(|message| message["id"] == 2)["result"], Value::Null);
    server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert!(server.receive().is_none());
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn what_cannot_be_read_is_answered_and_the_session_goes_on() {
    let directory = Directory::with(&[("compose.yaml", COMPOSE)]);
    let mut server = Server::start(&directory, &["lsp"]);
    server.write("Content-Length: 1\r\n\r\n{");
    assert_eq!(server.receive().unwrap()["error"]["code"], -32700);
    server.write("Content-Length: 2\r\n\r\n[]");
    assert_eq!(server.receive().unwrap()["error"]["code"], -32600);
    server.write("what is this\r\n\r\n");
    assert_eq!(server.receive().unwrap()["error"]["code"], -32700);
    server.send(&json!({"jsonrpc": "2.0", "id": "a", "method": "textDocument/hover", "params": {}}));
    assert_eq!(server.receive().unwrap()["error"]["code"], -32002);
    server.send(&initialize(&directory));
    assert!(server.until(|message| message["id"] == 1)["result"].is_object());
    assert_eq!(server.end(), (Some(1), String::new()), "it went away without a word");
}

#[test]
fn it_tells_its_version_and_what_it_is() {
    let directory = Directory::with(&[]);
    let version = directory.run("lsp --version");
    assert!(version.out.contains(env!("CARGO_PKG_VERSION")), "{}", version.out);
    let help = directory.run("lsp --help");
    assert!(help.out.contains("Language Server Protocol"), "{}", help.out);
}
