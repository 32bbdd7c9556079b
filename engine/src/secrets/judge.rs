//! The decision table: one value, its key and what stands beside it, to verdicts.

use std::ops::Range;

use super::hash::{HashKind, hash_kind};
use super::key::{self, KeyClass};
use super::token::{self, FoundKind};
use super::words::words;
use super::{command, literal, reference, url};

/// A value to judge.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The key or key path, as written: `POSTGRES_PASSWORD`, `database.password`, `--requirepass`.
    pub key: &'a str,
    /// The effective text of the value.
    pub value: &'a str,
    /// Names beside it and its sibling in the template file.
    pub neighbours: &'a [Neighbour<'a>],
}

/// A text that a careless secret repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour<'a> {
    /// Of what kind.
    pub kind: NeighbourKind,
    /// The text.
    pub text: &'a str,
}

/// Kinds of [`Neighbour`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NeighbourKind {
    /// The user name that goes with the secret.
    User,
    /// The database's name.
    Database,
    /// The service's name, or the host in a URL.
    Service,
    /// The image's name.
    Image,
    /// The value of the same key in the template file (`.env.example`).
    Template,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A usable secret, written down.
    Plaintext,
    /// A default or a first guess.
    Default,
    /// A text that was meant to be replaced.
    Placeholder,
    /// A private key block.
    PrivateKey,
    /// A hash that is as good as the password.
    WeakHash,
    /// A salted password hash.
    Hash,
    /// Kept by a secret manager, or encrypted.
    Managed,
    /// It stands elsewhere: a variable, a file, an expression.
    Reference,
    /// No value.
    Empty,
    /// A value of another kind under a key that speaks of secrets.
    NotSecret,
}

impl Verdict {
    /// Whether the value gives something away: the verdicts that rules report.
    #[must_use]
    pub fn is_exposed(self) -> bool {
        matches!(self, Self::Plaintext | Self::Default | Self::Placeholder | Self::PrivateKey | Self::WeakHash)
    }
}

/// Why. Never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A literal under a key that names a secret.
    Literal,
    /// A provider's token, its checksum right where the format has one.
    Provider {
        /// Whose it is.
        vendor: &'static str,
        /// The public half of a pair: it only shows that the pair is written down here.
        is_id: bool,
        /// It opens a sandbox only.
        is_test: bool,
    },
    /// A signed JSON web token.
    Jwt,
    /// A JSON web token with `alg: none`.
    UnsignedJwt,
    /// A private key.
    PrivateKey {
        /// A passphrase protects it.
        encrypted: bool,
    },
    /// On the list of default credentials.
    KnownDefault,
    /// Made of common words and words of its key only.
    Guessable,
    /// Equal to the name beside it.
    Equals(NeighbourKind),
    /// Equal to its key, or a part of it.
    EqualsKey,
    /// Equal to the value in the template file.
    TemplateEcho,
    /// Says that it is to be replaced.
    PlaceholderText,
    /// A sample from a vendor's documentation.
    VendorSample,
    /// A salted hash.
    SaltedHash,
    /// An unsalted hash.
    UnsaltedHash,
    /// A secret manager's or an encryption's form.
    Managed,
    /// A reference.
    Reference,
    /// Nothing there.
    Empty,
    /// A switch, a number, a path, prose.
    Inert,
}

/// Where in the value the secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The value is the secret, or a list of secrets.
    Value,
    /// The password of a URL.
    UrlUserInfo,
    /// A parameter of a connection string, a flag or an assignment: where its name stands in the value, where it has one.
    Parameter(Option<Range<usize>>),
    /// The password of a `user:password` pair.
    UserPair,
    /// A token or a key block that shows by itself what it is.
    Token,
}

/// One verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What it is.
    pub verdict: Verdict,
    /// The secret's bytes inside the candidate's value: of a URL only the password.
    pub range: Range<usize>,
    /// Why.
    pub reason: Reason,
    /// Where it stands.
    pub carrier: Carrier,
    /// It is the literal of a `${VAR:-literal}` or of Spring's `${VAR:literal}` in the value: used where the variable is
    /// unset.
    pub fallback: bool,
}

/// Judges one value. Several judgements for a list, or for a text with several URLs; none where neither the key nor the
/// value speaks of a secret. Ranges are in order and do not overlap.
#[must_use]
pub fn judge(candidate: &Candidate<'_>) -> Vec<Judgement> {
    let facts = key::facts(candidate.key);
    let class = facts.class;
    let mut judge = Judge { judgements: Vec::new(), value: candidate.value };
    let (start, text) = unquoted(candidate.value);
    if text.is_empty() || matches!(text, "~" | "null" | "Null" | "NULL") {
        if class == KeyClass::Secret {
            judge.push(Verdict::Empty, Reason::Empty, start..start + text.len(), Carrier::Value);
        }
        return judge.judgements;
    }
    if may_show_itself(text) {
        judge.inside(candidate.key, start, text, candidate.neighbours);
    }
    let judged = class == KeyClass::Secret || class == KeyClass::Ambiguous;
    if judge.judgements.is_empty() {
        if judged {
            judge.whole(candidate.key, class, start, text, candidate.neighbours, &Carrier::Value, 0);
        } else if facts.names_hashed_secret {
            judge.hash(text, start, true);
        }
    }
    judge.finish()
}

/// Whether a text can hold something that shows by itself what it is. Most values of a stack are words such as
/// `unless-stopped`, and there are very many: the shortest token format has 16 characters, all else has a sign.
fn may_show_itself(text: &str) -> bool {
    text.len() >= 16 || has_sign(text)
}

/// Whether a text can hold a URL, an assignment, a flag with its value or JSON.
fn has_sign(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'@' | b'=' | b' ' | b':' | b'{'))
}

struct Judge<'a> {
    judgements: Vec<Judgement>,
    value: &'a str,
}

/// Ranges in order of their start; each end is the furthest so far.
struct Claims(Vec<Range<usize>>);

impl Claims {
    /// Whether a range overlaps one of them.
    fn hold(&self, range: &Range<usize>) -> bool {
        let before = self.0.partition_point(|claim| claim.start < range.end);
        before.checked_sub(1).and_then(|last| self.0.get(last)).is_some_and(|claim| claim.end > range.start)
    }
}

/// A value without blanks and a pair of quotes around it: where it starts, and it.
fn unquoted(value: &str) -> (usize, &str) {
    let head = value.trim_start();
    let start = value.len() - head.len();
    let trimmed = head.trim_end();
    match trimmed.as_bytes() {
        [open @ (b'"' | b'\''), .., close] if open == close => {
            (start + 1, trimmed.get(1..trimmed.len() - 1).unwrap_or_default())
        }
        _ => (start, trimmed),
    }
}

impl Judge<'_> {
    fn push(&mut self, verdict: Verdict, reason: Reason, range: Range<usize>, carrier: Carrier) {
        self.judgements.push(Judgement { verdict, range, reason, carrier, fallback: false });
    }

    /// Looks for what shows by itself what it is, whatever the key.
    fn inside(&mut self, key: &str, start: usize, text: &str, neighbours: &[Neighbour<'_>]) {
        for found in token::find(key, text) {
            let range = start + found.range.start..start + found.range.end;
            let body = text.get(found.range).unwrap_or_default();
            let (verdict, reason) = match found.kind {
                FoundKind::PrivateKey { encrypted } => (Verdict::PrivateKey, Reason::PrivateKey { encrypted }),
                _ if literal::is_vendor_sample(body) => (Verdict::Placeholder, Reason::VendorSample),
                FoundKind::Jwt => (Verdict::Plaintext, Reason::Jwt),
                FoundKind::UnsignedJwt => (Verdict::Plaintext, Reason::UnsignedJwt),
                FoundKind::Provider { vendor, is_id, is_test } => {
                    if literal::is_filler(body) {
                        (Verdict::Placeholder, Reason::PlaceholderText)
                    } else {
                        (Verdict::Plaintext, Reason::Provider { vendor, is_id, is_test })
                    }
                }
            };
            self.push(verdict, reason, range, Carrier::Token);
        }
        if !has_sign(text) && !text.starts_with('-') {
            return;
        }
        let claims = self.claims();
        for info in url::user_infos(text) {
            let part = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
            let range = start + info.password.start..start + info.password.end;
            if claims.hold(&range) {
                continue;
            }
            let mut beside = vec![
                Neighbour { kind: NeighbourKind::User, text: part(&info.user) },
                Neighbour { kind: NeighbourKind::Service, text: part(&info.host) },
            ];
            beside.extend(neighbours.iter().filter(|neighbour| neighbour.kind != NeighbourKind::Template));
            let password = part(&info.password);
            self.whole("password", KeyClass::Secret, range.start, password, &beside, &Carrier::UrlUserInfo, 0);
        }
        let claims = self.claims();
        let parameters = url::parameters(text);
        let mut beside: Vec<Neighbour<'_>> = Vec::new();
        // A text with more owners than that is no connection string.
        for parameter in parameters.iter().take(32) {
            let name = text.get(parameter.name.clone()).unwrap_or_default();
            let value = text.get(parameter.value.clone()).unwrap_or_default();
            match words(name).last().map(String::as_str) {
                Some("user" | "username" | "uid") => beside.push(Neighbour { kind: NeighbourKind::User, text: value }),
                Some("dbname" | "database" | "db") => {
                    beside.push(Neighbour { kind: NeighbourKind::Database, text: value })
                }
                _ => {}
            }
        }
        for parameter in &parameters {
            let name = text.get(parameter.name.clone()).unwrap_or_default();
            let value = text.get(parameter.value.clone()).unwrap_or_default();
            let range = start + parameter.value.start..start + parameter.value.end;
            if !url::is_secret_name(name) || claims.hold(&range) {
                continue;
            }
            let carrier = Carrier::Parameter(Some(start + parameter.name.start..start + parameter.name.end));
            let before = self.judgements.len();
            self.whole(name, KeyClass::Secret, range.start, value, &beside, &carrier, 0);
            self.drop_inert(before);
        }
        let claims = self.claims();
        for password in url::sql_passwords(text) {
            let range = start + password.start..start + password.end;
            if !claims.hold(&range) {
                let before = self.judgements.len();
                let value = text.get(password).unwrap_or_default();
                self.whole("password", KeyClass::Secret, range.start, value, &[], &Carrier::Parameter(None), 0);
                self.drop_inert(before);
            }
        }
        let claims = self.claims();
        if command::may_hold_secret(text) {
            for (flag, name) in command::flags_in(text) {
                let range = start + flag.start..start + flag.end;
                if claims.hold(&range) {
                    continue;
                }
                let value = text.get(flag).unwrap_or_default();
                let before = self.judgements.len();
                self.whole(&name, KeyClass::Secret, range.start, value, &[], &Carrier::Parameter(None), 0);
                self.drop_inert(before);
            }
        }
    }

    /// What is judged already: a URL's password is not judged again as a parameter.
    fn claims(&self) -> Claims {
        if self.judgements.is_empty() {
            return Claims(Vec::new());
        }
        let mut ranges: Vec<Range<usize>> = self.judgements.iter().map(|judgement| judgement.range.clone()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut end = 0;
        for range in &mut ranges {
            end = end.max(range.end);
            range.end = end;
        }
        Claims(ranges)
    }

    /// Inside another text what is no secret is of no interest.
    fn drop_inert(&mut self, from: usize) {
        let tail = self.judgements.split_off(from.min(self.judgements.len()));
        let kept = tail.into_iter().filter(|found| !matches!(found.verdict, Verdict::Empty | Verdict::NotSecret));
        self.judgements.extend(kept);
    }

    fn hash(&mut self, text: &str, start: usize, named: bool) -> bool {
        let Some(kind) = hash_kind(text, named) else { return false };
        let (verdict, reason) = match kind {
            HashKind::Strong => (Verdict::Hash, Reason::SaltedHash),
            HashKind::Weak => (Verdict::WeakHash, Reason::UnsaltedHash),
        };
        self.push(verdict, reason, start..start + text.len(), Carrier::Value);
        true
    }

    /// Judges a text that is the whole value of a key that names a secret.
    #[allow(clippy::too_many_arguments, reason = "the columns of the decision table")]
    fn whole(
        &mut self,
        key: &str,
        class: KeyClass,
        start: usize,
        text: &str,
        neighbours: &[Neighbour<'_>],
        carrier: &Carrier,
        depth: u8,
    ) {
        let (skipped, text) = unquoted(text);
        let start = start + skipped;
        let range = start..start + text.len();
        if text.is_empty() {
            self.push(Verdict::Empty, Reason::Empty, range, carrier.clone());
            return;
        }
        if reference::is_managed(text) {
            self.push(Verdict::Managed, Reason::Managed, range, carrier.clone());
            return;
        }
        if self.hash(text, start, key::names_hash(key)) {
            return;
        }
        if reference::is_expression(text) {
            self.push(Verdict::Reference, Reason::Reference, range, carrier.clone());
            return;
        }
        let references = reference::scan(text);
        if !references.is_empty() && depth < 4 {
            let before = self.judgements.len();
            for fallback in references.iter().filter_map(|reference| reference.fallback.clone()) {
                let literal = text.get(fallback.clone()).unwrap_or_default();
                let at = start + fallback.start;
                self.whole(key, class, at, literal, neighbours, carrier, depth + 1);
            }
            if self.judgements.len() == before {
                self.push(Verdict::Reference, Reason::Reference, range, carrier.clone());
            }
            return;
        }
        // `Authorization: Bearer x`.
        for scheme in ["bearer ", "token ", "basic "] {
            if reference::starts_with_ignore_case(text, scheme) {
                let rest = text.get(scheme.len()..).unwrap_or_default();
                if !rest.contains(' ') {
                    self.whole(key, KeyClass::Secret, start + scheme.len(), rest, neighbours, carrier, depth + 1);
                    return;
                }
            }
        }
        if depth < 4 && self.parts(key, start, text, neighbours, depth) {
            return;
        }
        let (verdict, reason) = literal::classify(key, class, text, neighbours);
        self.push(verdict, reason, range, carrier.clone());
    }

    /// Lists (`API_TOKENS=a,b`) and pairs (`AUTH_USERS=admin:x`): each part by itself. Whether it was one.
    fn parts(&mut self, key: &str, start: usize, text: &str, neighbours: &[Neighbour<'_>], depth: u8) -> bool {
        let is_pair = key::is_user_pair(key);
        let bracketed = text.starts_with('[') && text.ends_with(']') && text.contains(['"', '\'', ',']);
        if (key::is_list(key) || is_pair || bracketed) && (text.contains([',', '\n', ';']) || bracketed) {
            let mut at = 0;
            for item in text.split([',', '\n', ';']) {
                let trimmed = item.trim_matches(|character: char| {
                    character.is_whitespace() || matches!(character, '[' | ']' | '"' | '\'')
                });
                let skipped = item.find(trimmed).unwrap_or(0);
                if !trimmed.is_empty() {
                    self.whole(
                        key,
                        KeyClass::Secret,
                        start + at + skipped,
                        trimmed,
                        neighbours,
                        &Carrier::Value,
                        depth + 1,
                    );
                }
                at += item.len() + 1;
            }
            return true;
        }
        if !is_pair || text.contains("://") {
            return false;
        }
        let sign = if words(key).first().is_some_and(|word| word == "neo4j") { '/' } else { ':' };
        if let Some((user, password)) = text.split_once(sign) {
            let is_user = !user.is_empty() && user.len() <= 64 && !user.contains(char::is_whitespace);
            if is_user && !password.is_empty() {
                let mut beside = vec![Neighbour { kind: NeighbourKind::User, text: user }];
                beside.extend_from_slice(neighbours);
                let at = start + user.len() + 1;
                let before = self.judgements.len();
                self.whole("password", KeyClass::Secret, at, password, &beside, &Carrier::UserPair, depth + 1);
                // A pair with a word that only waits to be changed is a login that works.
                for judgement in self.judgements.iter_mut().skip(before) {
                    let change_me =
                        judgement.reason == Reason::PlaceholderText && password.to_lowercase().contains("change");
                    if change_me {
                        judgement.verdict = Verdict::Default;
                        judgement.reason = Reason::KnownDefault;
                    }
                }
                return true;
            }
        }
        false
    }

    /// Orders the judgements and marks the fallbacks.
    fn finish(mut self) -> Vec<Judgement> {
        if self.judgements.is_empty() {
            return self.judgements;
        }
        let fallbacks: Vec<Range<usize>> =
            reference::scan(self.value).into_iter().filter_map(|reference| reference.fallback).collect();
        for judgement in &mut self.judgements {
            let before = fallbacks.partition_point(|fallback| fallback.start <= judgement.range.start);
            let around = before.checked_sub(1).and_then(|last| fallbacks.get(last));
            judgement.fallback = around.is_some_and(|fallback| judgement.range.end <= fallback.end);
        }
        self.judgements.sort_by_key(|judgement| (judgement.range.start, judgement.range.end));
        let mut end = 0;
        self.judgements.retain(|judgement| {
            let keep = judgement.range.start >= end || judgement.range.is_empty();
            if keep {
                end = end.max(judgement.range.end);
            }
            keep
        });
        self.judgements
    }
}
