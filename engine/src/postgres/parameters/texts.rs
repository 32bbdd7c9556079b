//! Texts that the server looks into when it loads them: the checks of src/backend/utils/misc/guc_tables.c and of
//! src/backend/commands/variable.c.

/// What would be right for a parameter, where a text is not; nothing where it is.
pub(super) fn fault(name: &str, text: &str, major: u32) -> Option<String> {
    let right = match name {
        "log_destination" if major >= 15 => return words(text, &["stderr", "csvlog", "jsonlog", "syslog"]),
        "log_destination" => return words(text, &["stderr", "csvlog", "syslog"]),
        "log_connections" => return log_connections(text),
        "createrole_self_grant" => return words(text, &["set", "inherit"]),
        "restrict_nonsystem_relation_kind" => return words(text, &["view", "foreign-table"]),
        "DateStyle" => return date_style(text),
        "search_path" | "temp_tablespaces" => {
            let help = "write names separated by commas, in double quotes if they have blanks";
            return identifiers(text).is_none().then(|| help.to_owned());
        }
        "client_encoding" => (!is_encoding(text)).then_some("write the name of an encoding, such as `UTF8`"),
        "recovery_target" => (!matches!(text, "" | "immediate")).then_some("write `immediate`, or leave it out"),
        "recovery_target_lsn" => (!is_lsn(text)).then_some("write a position in the log, such as `0/3000148`"),
        "primary_slot_name" => {
            let slot = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            (!text.bytes().all(slot) || text.len() > 63).then_some("it has lower-case letters, digits and `_` only")
        }
        "backtrace_functions" => {
            let function =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b',' | b' ' | b'\n' | b'\t');
            (!text.bytes().all(function)).then_some("write names of functions of the server, separated by commas")
        }
        "default_table_access_method" => {
            text.is_empty().then_some("write `heap`, or the name of another access method")
        }
        "role" => (text != "none").then_some("a role is taken in a session, not in a file: remove the line"),
        "session_authorization" => Some("a user is taken in a session, not in a file: remove the line"),
        _ => None,
    };
    right.map(str::to_owned)
}

/// A list of words in any case.
fn words(text: &str, known: &[&str]) -> Option<String> {
    let right = identifiers(text)
        .is_some_and(|words| words.iter().all(|word| known.iter().any(|known| known.eq_ignore_ascii_case(word))));
    let shown: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    (!right).then(|| format!("write some of {}, separated by commas", shown.join(", ")))
}

/// From PostgreSQL 18 on: a switch, or a list of what to log.
fn log_connections(text: &str) -> Option<String> {
    const SWITCHES: [&str; 8] = ["on", "off", "true", "false", "yes", "no", "1", "0"];
    const ASPECTS: [&str; 5] = ["receipt", "authentication", "authorization", "setup_durations", "all"];
    if SWITCHES.iter().any(|switch| switch.eq_ignore_ascii_case(text)) { None } else { words(text, &ASPECTS) }
}

/// A style and an order of day, month and year, each once.
fn date_style(text: &str) -> Option<String> {
    let help =
        "write a style (`ISO`, `SQL`, `Postgres`, `German`) and an order (`DMY`, `MDY`, `YMD`), such as `ISO, MDY`";
    let mut style = None;
    let mut order = None;
    let mut right = true;
    let once =
        |known: &mut Option<&'static str>, said: &'static str| known.replace(said).is_none_or(|known| known == said);
    let Some(words) = identifiers(text) else { return Some(help.to_owned()) };
    for word in words {
        right &= match word.as_str() {
            "iso" => once(&mut style, "iso"),
            "sql" => once(&mut style, "sql"),
            "german" => {
                // It brings its order, unless one was said.
                order.get_or_insert("dmy");
                once(&mut style, "german")
            }
            "ymd" => once(&mut order, "ymd"),
            "mdy" | "us" => once(&mut order, "mdy"),
            "dmy" => once(&mut order, "dmy"),
            "default" => true,
            word if word.starts_with("postgres") => once(&mut style, "postgres"),
            word if word.starts_with("euro") => once(&mut order, "dmy"),
            word if word.starts_with("noneuro") => once(&mut order, "mdy"),
            _ => false,
        };
    }
    (!right).then(|| help.to_owned())
}

/// The elements of a list, those without quotes in lower case (`SplitIdentifierString`); none if it is malformed.
fn identifiers(text: &str) -> Option<Vec<String>> {
    let blank = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let mut rest = text.trim_matches(blank);
    let mut found = Vec::new();
    if rest.is_empty() {
        return Some(found);
    }
    loop {
        if let Some(mut quoted) = rest.strip_prefix('"') {
            let mut name = String::new();
            loop {
                let (part, behind) = quoted.split_once('"')?;
                name.push_str(part);
                rest = behind;
                let Some(more) = behind.strip_prefix('"') else { break };
                name.push('"');
                quoted = more;
            }
            found.push(name);
        } else {
            let end = rest.find(|character| character == ',' || blank(character)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at_checked(end)?;
            if name.is_empty() {
                return None;
            }
            found.push(name.to_ascii_lowercase());
            rest = behind;
        }
        rest = rest.trim_start_matches(blank);
        if rest.is_empty() {
            return Some(found);
        }
        rest = rest.strip_prefix(',')?.trim_start_matches(blank);
    }
}

fn is_lsn(text: &str) -> bool {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_hexdigit());
    text.is_empty() || text.split_once('/').is_some_and(|(high, low)| part(high) && part(low))
}

/// Names of encodings, without what is neither letter nor digit (`pg_encname_tbl` of src/common/encnames.c).
fn is_encoding(text: &str) -> bool {
    const NAMES: &str = "abc alt big5 euccn eucjis2004 eucjp euckr euctw gb18030 gbk iso88591 iso885910 iso885913 iso885914 \
        iso885915 iso885916 iso88592 iso88593 iso88594 iso88595 iso88596 iso88597 iso88598 iso88599 johab koi8 koi8r koi8u \
        latin1 latin10 latin2 latin3 latin4 latin5 latin6 latin7 latin8 latin9 mskanji muleinternal shiftjis shiftjis2004 \
        sjis sqlascii tcvn tcvn5712 uhc unicode utf8 vscii win win1250 win1251 win1252 win1253 win1254 win1255 win1256 \
        win1257 win1258 win866 win874 win932 win936 win949 win950 windows1250 windows1251 windows1252 windows1253 \
        windows1254 windows1255 windows1256 windows1257 windows1258 windows866 windows874 windows932 windows936 \
        windows949 windows950";
    let name: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.split_whitespace().any(|known| known == name)
}
