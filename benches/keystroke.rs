//! How long an editor waits after a keystroke until it is told what is wrong, through the real program and its pipes.
//!
//! `cargo bench --bench keystroke` makes a stack of 20 files; `STACKLINT_BENCH_DIR=DIR` measures the directory `DIR`, which
//! is only read: its first Compose file is edited in the editor's memory. Machines are noisy: look at the median.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops where it cannot run")]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stacklint_engine::discover::is_compose_name;

const KEYSTROKES: usize = 300;

fn main() {
    match std::env::var_os("STACKLINT_BENCH_DIR") {
        Some(directory) => {
            let directory = PathBuf::from(directory).canonicalize().unwrap();
            let file = compose_file(&directory).unwrap();
            measure(&directory.display().to_string(), &directory, &[file]);
        }
        None => {
            let directory = std::env::temp_dir().join(format!("stacklint-keystroke-{}", std::process::id()));
            write_stack(&directory);
            let directory = directory.canonicalize().unwrap();
            let files = ["compose.yaml", ".env", "services/s3.yaml", "env/s5.env"].map(|name| directory.join(name));
            measure("a stack of 20 files", &directory, &files);
            fs::remove_dir_all(&directory).unwrap();
        }
    }
}

/// The first Compose file, those with the default name before others.
fn compose_file(directory: &Path) -> Option<PathBuf> {
    let mut names: Vec<String> =
        fs::read_dir(directory).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| is_compose_name(name));
    names.sort_by_key(|name| {
        (!matches!(name.as_str(), "compose.yaml" | "compose.yml" | "docker-compose.yml"), name.clone())
    });
    names.first().map(|name| directory.join(name))
}

/// One default file, an override, `.env`, eight included files, eight env files and one `pg_hba.conf`.
fn write_stack(directory: &Path) {
    fs::create_dir_all(directory.join("services")).unwrap();
    fs::create_dir_all(directory.join("env")).unwrap();
    let mut compose = "include:\n".to_owned();
    for number in 0..8 {
        writeln!(compose, "  - services/s{number}.yaml").unwrap();
        let mut service = "services:\n".to_owned();
        for replica in 0..3 {
            write!(
                service,
                "  s{number}-{replica}:\n    image: registry.example/app:${{TAG:-1}}\n    env_file: ../env/s{number}.env\n    \
                 ports: [\"${{BIND:-127.0.0.1}}:{}:80\"]\n    environment:\n      DATABASE_URL: postgres://app:${{DB_PASSWORD}}@db/app\n      \
                 LOG_LEVEL: info\n    volumes: [\"./data:/data\"]\n",
                8000 + number * 10 + replica
            )
            .unwrap();
        }
        fs::write(directory.join(format!("services/s{number}.yaml")), service).unwrap();
        let env = format!("MODE=production\nSECRET_KEY=changeme{number}\nFEATURE_{number}=on\n");
        fs::write(directory.join(format!("env/s{number}.env")), env).unwrap();
    }
    compose.push_str(
        "services:\n  db:\n    image: postgres:17\n    command: -c hba_file=/etc/pg_hba.conf\n    environment:\n      \
         POSTGRES_PASSWORD: ${DB_PASSWORD}\n    ports: [\"${BIND:-127.0.0.1}:5432:5432\"]\n    \
         volumes: [\"./pg_hba.conf:/etc/pg_hba.conf\", \"data:/var/lib/postgresql/data\"]\nvolumes: {data: {}}\n",
    );
    fs::write(directory.join("compose.yaml"), compose).unwrap();
    fs::write(directory.join("compose.override.yaml"), "services:\n  db: {restart: unless-stopped}\n").unwrap();
    fs::write(directory.join(".env"), "BIND=0.0.0.0\nDB_PASSWORD=kE9xTq2vLm4zRw8pYd3n\nTAG=2\n").unwrap();
    fs::write(directory.join("pg_hba.conf"), "local all all peer\nhost all all 0.0.0.0/0 scram-sha-256\n").unwrap();
}

fn measure(what: &str, directory: &Path, files: &[PathBuf]) {
    let mut editor = Editor::start(directory);
    println!("{what}: first scan {:.1?}", editor.scan);
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        editor.open(file, &text);
        let line = text.lines().count();
        let mut times: Vec<Duration> = (0..KEYSTROKES).map(|number| editor.press(file, line, number)).collect();
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 100];
        let name = file.strip_prefix(directory).unwrap_or(file).display();
        println!(
            "  {name}: median {:.1?}, 95 of 100 within {:.1?}, longest {:.1?}",
            at(50),
            at(95),
            times[times.len() - 1]
        );
    }
    println!("  memory of the server: {}", memory(editor.child.id()).unwrap_or_default());
    editor.stop();
}

/// What the system says of a process's memory.
fn memory(process: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().to_owned())
}

struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    scan: Duration,
    version: i32,
}

impl Editor {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stacklint"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut editor = Self { child, input, output, scan: Duration::ZERO, version: 0 };
        let start = Instant::now();
        let params = json!({"rootUri": uri(directory), "capabilities": {"general": {"positionEncodings": ["utf-8"]}}});
        editor.send(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}));
        editor.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
        editor.settle();
        editor.scan = start.elapsed();
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            match line.trim().strip_prefix("Content-Length: ") {
                Some(value) => length = value.parse().unwrap(),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Waits until all is judged.
    fn settle(&mut self) {
        let params = json!({"previousResultIds": []});
        self.send(&json!({"jsonrpc": "2.0", "id": "settled", "method": "workspace/diagnostic", "params": params}));
        while self.receive()["id"] != "settled" {}
    }

    fn open(&mut self, file: &Path, text: &str) {
        self.version = 1;
        let document = json!({"uri": uri(file), "languageId": "yaml", "version": 1, "text": text});
        let params = json!({"textDocument": document});
        self.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": params}));
        self.settle();
    }

    /// Types a character of a comment behind the text; the time until the diagnostics of that version are there.
    fn press(&mut self, file: &Path, line: usize, number: usize) -> Duration {
        self.version += 1;
        let version = self.version;
        let text = if number == 0 { "#" } else { "x" };
        let at = json!({"line": line, "character": number});
        let change = json!({"range": {"start": at, "end": at}, "text": text});
        let document = json!({"uri": uri(file), "version": version});
        let params = json!({"textDocument": document, "contentChanges": [change]});
        let start = Instant::now();
        self.send(&json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}));
        loop {
            let message = self.receive();
            if message["params"]["version"] == version && message["params"]["uri"] == uri(file) {
                return start.elapsed();
            }
        }
    }

    fn stop(mut self) {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "shutdown"}));
        self.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
        self.child.wait().unwrap();
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display().to_string().replace('%', "%25").replace(' ', "%20"))
}
