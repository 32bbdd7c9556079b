//! Messages on standard input and output. What cannot be read is answered, and the next message is read.

use std::io::{self, BufRead, Read as _, Write};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, select, unbounded};
use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};

/// A longer message is none of an editor.
const SIZE_LIMIT: usize = 256 << 20;
/// A longer header is none.
const HEADER_LIMIT: u64 = 64 << 10;

/// A connection over standard input and output. The thread ends, and all is written, once the connection is dropped.
///
/// # Errors
/// If the system has no threads to give.
pub(crate) fn stdio() -> io::Result<(Connection, JoinHandle<()>)> {
    let (incoming, receiver) = unbounded();
    let (sender, outgoing) = unbounded();
    let (refuse, refusals) = unbounded();
    thread::Builder::new().name("read".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        read_all(&mut input, &incoming, &refuse);
    })?;
    let writer = thread::Builder::new().name("write".to_owned()).spawn(move || {
        // An editor that does not listen any more does not speak either: reading ends, and with it all else.
        let _ = write_all(&mut io::stdout().lock(), &outgoing, &refusals);
    })?;
    Ok((Connection { sender, receiver }, writer))
}

fn read_all(input: &mut dyn BufRead, incoming: &Sender<Message>, refuse: &Sender<Value>) {
    loop {
        match read(input) {
            Ok(Some(body)) => match parse(&body) {
                Ok(message) => {
                    if incoming.send(message).is_err() {
                        return;
                    }
                }
                Err(refusal) => drop(refuse.send(refusal)),
            },
            Ok(None) => return,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                drop(refuse.send(refusal(&Value::Null, ErrorCode::ParseError, &error.to_string())));
            }
            Err(_) => return,
        }
    }
}

fn write_all(mut out: &mut dyn Write, outgoing: &Receiver<Message>, refusals: &Receiver<Value>) -> io::Result<()> {
    loop {
        select! {
            recv(outgoing) -> message => match message {
                Ok(message) => message.write(&mut out)?,
                Err(_) => return Ok(()),
            },
            recv(refusals) -> refusal => match refusal {
                Ok(refusal) => {
                    let text = refusal.to_string();
                    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
                    out.flush()?;
                }
                // Nothing is read any more; what is to be said is.
                Err(_) => return outgoing.iter().try_for_each(|message| message.write(&mut out)),
            },
        }
    }
}

/// The next message's body; nothing at the end of the input.
///
/// # Errors
/// If the system fails, or, as invalid data, if the header is none: then the next one is looked for behind it.
fn read(input: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let mut length: Option<usize> = None;
    let mut odd = None;
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(HEADER_LIMIT).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        match line.split_once(':') {
            _ if line.is_empty() => match (length, odd.take()) {
                (Some(_), _) => break,
                (None, Some(odd)) => return Err(invalid(odd)),
                // Blank lines between messages say nothing.
                (None, None) => {}
            },
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => match value.trim().parse() {
                Ok(value) => length = Some(value),
                Err(_) => odd = Some(format!("`{}` is no length", value.trim())),
            },
            Some(_) => {}
            None => odd = Some("a line of a header has no colon".to_owned()),
        }
    }
    let Some(length) = length else { return Ok(None) };
    if length > SIZE_LIMIT {
        let skipped = io::copy(&mut input.take(length as u64), &mut io::sink())?;
        return if skipped < length as u64 { Ok(None) } else { Err(invalid(format!("{length} bytes are too many"))) };
    }
    let mut body = Vec::new();
    input.take(length as u64).read_to_end(&mut body)?;
    Ok((body.len() == length).then_some(body))
}

/// A message; the answer to what is none.
fn parse(body: &[u8]) -> Result<Message, Value> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| refusal(&Value::Null, ErrorCode::ParseError, &format!("this is no JSON: {error}")))?;
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let is_answer = value.get("method").is_none() && (value.get("result").is_some() || value.get("error").is_some());
    // Without its id a request would pass for a notification.
    let is_id = id.is_string() || id.is_i64() || value.get("id").is_none();
    match serde_json::from_value(value) {
        Ok(message) if is_id => Ok(message),
        Ok(_) => Err(refusal(&Value::Null, ErrorCode::InvalidRequest, "an id is a number or a string")),
        // An answer is never answered.
        Err(error) if is_answer => Err(refusal(&Value::Null, ErrorCode::InvalidRequest, &error.to_string())),
        Err(_) => Err(refusal(&id, ErrorCode::InvalidRequest, "this is no request, no answer and no notification")),
    }
}

fn refusal(id: &Value, code: ErrorCode, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code as i32, "message": message}})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    fn all(input: &str) -> (Vec<Message>, Vec<Value>) {
        let (incoming, messages) = unbounded();
        let (refuse, refusals) = unbounded();
        read_all(&mut input.as_bytes(), &incoming, &refuse);
        drop((incoming, refuse));
        (messages.iter().collect(), refusals.iter().collect())
    }

    #[test]
    fn what_cannot_be_read_is_answered_and_the_next_is_read() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        for (bad, code) in [
            (framed("{"), -32700),
            (framed("\u{fffd}[1"), -32700),
            (framed("[]"), -32600),
            (framed("7"), -32600),
            (framed(r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#), -32600),
            (framed(r#"{"jsonrpc":"2.0","id":[],"method":"x"}"#), -32600),
            ("Content-Length: many\r\n\r\n".to_owned(), -32700),
            ("no header\r\n\r\n".to_owned(), -32700),
        ] {
            let (messages, refusals) = all(&format!("{bad}{good}"));
            assert_eq!(messages.len(), 1, "{bad}");
            assert_eq!(refusals.iter().map(|one| one["error"]["code"].clone()).collect::<Vec<_>>(), [code], "{bad}");
        }
    }

    #[test]
    fn headers_are_read_leniently_and_cut_input_ends() {
        let (messages, refusals) =
            all("content-length:33\nContent-Type: x\n\n{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
        assert_eq!((messages.len(), refusals.len()), (1, 0));
        for cut in ["", "Content-Length: 9", "Content-Length: 9\r\n\r\n{}", "\r\n\r\n"] {
            assert!(all(cut).0.is_empty());
        }
    }

    #[test]
    fn an_id_that_can_be_answered_is() {
        let (_, refusals) = all(&framed(r#"{"jsonrpc":"2.0","id":7,"method":9}"#));
        assert_eq!(refusals[0]["id"], json!(7));
    }
}
