//! Precision and recall of the secret classifier on labelled configuration files.
//!
//! Needs a folder with `labels.csv` (path, kind, start line, end line, T | X | F, ...) and the labelled files below
//! `files/`, named by the environment variable `STACKLINT_CREDDATA`; without it the test says so and passes. T is a
//! real-looking credential, X a placeholder, default or example, F none. The files are split into keys and values line
//! by line, which loses what only a parser could tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use stacklint_engine::secrets::{Candidate, Carrier, Neighbour, NeighbourKind, Reason, Verdict, judge, mask_ranges};

#[derive(Default)]
struct Counts {
    hit: BTreeMap<char, usize>,
    all: BTreeMap<char, usize>,
}

struct Label {
    path: String,
    kind: String,
    start: usize,
    end: usize,
    truth: char,
    /// The columns of the value in its first line, in bytes, where they are known.
    value: Option<(usize, usize)>,
}

fn labels(text: &str) -> Vec<Label> {
    let rows = text.lines().skip(1).filter_map(|line| {
        let columns: Vec<&str> = line.split(',').collect();
        let [path, kind, start, end, truth, from, to, ..] = columns.as_slice() else { return None };
        Some(Label {
            path: (*path).to_owned(),
            kind: (*kind).to_owned(),
            start: start.parse().ok()?,
            end: end.parse().ok()?,
            truth: truth.chars().next()?,
            value: from.parse().ok().zip(to.parse().ok()),
        })
    });
    rows.collect()
}

/// The lines of a file that hold an exposed secret, with its verdict.
fn findings(text: &str) -> BTreeMap<usize, Verdict> {
    let mut found = BTreeMap::new();
    let lines: Vec<&str> = text.lines().collect();
    let user_at = |index: usize| {
        let near = lines.iter().take(index + 4).skip(index.saturating_sub(3));
        near.filter_map(|line| split(line))
            .find(|(key, _)| key.to_ascii_lowercase().ends_with("user"))
            .map(|(_, value)| value)
    };
    for (index, line) in lines.iter().enumerate() {
        let comment = line.trim_start().starts_with(['#', ';']);
        let user = user_at(index).unwrap_or_default();
        let neighbours = [Neighbour { kind: NeighbourKind::User, text: user.trim_matches(['"', '\'']) }];
        let mut pieces: Vec<(&str, &str)> = Vec::new();
        match split(line) {
            Some((key, value)) if !line.contains('{') || line.contains("${") || line.contains("{{") => {
                pieces.push((key, value))
            }
            _ if comment => pieces.push(("", line)),
            _ => pieces.extend(line.split(['{', ',', '}']).map(|part| split(part).unwrap_or(("", part)))),
        }
        for (key, value) in pieces {
            for judgement in judge(&Candidate { key, value, neighbours: &neighbours }) {
                let self_evident = matches!(judgement.carrier, Carrier::Token | Carrier::UrlUserInfo);
                let counts = judgement.verdict.is_exposed()
                    && (!comment || self_evident)
                    && judgement.verdict != Verdict::PrivateKey;
                if counts {
                    found.entry(index + 1).or_insert(judgement.verdict);
                }
            }
        }
    }
    for judgement in judge(&Candidate { key: "", value: text, neighbours: &[] }) {
        if let (Verdict::PrivateKey, Reason::PrivateKey { .. }) = (judgement.verdict, judgement.reason) {
            found.insert(text[..judgement.range.start].matches('\n').count() + 1, Verdict::PrivateKey);
        }
    }
    found
}

fn split(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches(['#', ';', '!', ' ']).trim_start_matches("- ").trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (line, quoted) = match line.strip_prefix('"').filter(|rest| rest.contains('=') && rest.ends_with('"')) {
        Some(rest) => (rest.trim_end_matches('"'), true),
        None => (line, false),
    };
    let at =
        line.find('=').into_iter().chain(line.find(": ")).chain(line.ends_with(':').then(|| line.len() - 1)).min()?;
    let key = line[..at].trim().trim_matches(['"', '\'']);
    if key.contains(' ') || key.is_empty() {
        return None;
    }
    let value = line[at + 1..].trim_start_matches('>').trim();
    let value = if value.starts_with('#') { "" } else { value };
    let value = if quoted || value.starts_with('"') { value } else { value.split(" #").next().unwrap_or(value) };
    Some((key, value.trim_end_matches([',', ';']).trim()))
}

#[test]
fn labelled_files() {
    let Some(folder) = std::env::var_os("STACKLINT_CREDDATA") else {
        println!("skipped: STACKLINT_CREDDATA names no folder with labelled files");
        return;
    };
    let folder = Path::new(&folder);
    let labels = labels(&std::fs::read_to_string(folder.join("labels.csv")).unwrap());
    let paths: BTreeSet<&str> = labels.iter().map(|label| label.path.as_str()).collect();
    let verbose = std::env::var_os("STACKLINT_VERBOSE").is_some();
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let (mut agree, mut judged) = (0, 0);
    for path in paths {
        let Ok(text) = std::fs::read(folder.join("files").join(path)) else { continue };
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let found = findings(&text);
        let mut blocks: BTreeMap<usize, (usize, char, &str)> = BTreeMap::new();
        for label in labels.iter().filter(|label| label.path == path) {
            let rank = |truth: char| "TXF".find(truth).unwrap_or(3);
            let block = blocks.entry(label.start).or_insert((label.end, label.truth, label.kind.as_str()));
            if rank(label.truth) < rank(block.1) {
                block.1 = label.truth;
            }
            block.0 = block.0.max(label.end);
        }
        let mut covered = 0;
        for (start, (end, truth, kind)) in &blocks {
            if *start <= covered {
                continue;
            }
            covered = *end;
            let hit = (*start..=*end).find_map(|line| found.get(&line));
            let template =
                [".example", ".sample", ".dist", ".template", ".tmpl"].iter().any(|ending| path.contains(ending));
            let kinds = if template { vec!["template"] } else { vec![*kind, "all"] };
            for kind in kinds {
                let counts = counts.entry(kind.to_owned()).or_default();
                *counts.all.entry(*truth).or_default() += 1;
                *counts.hit.entry(*truth).or_default() += usize::from(hit.is_some());
            }
            if let Some(verdict) = hit {
                judged += 1;
                let is_default = matches!(verdict, Verdict::Default | Verdict::Placeholder);
                agree += usize::from((*truth == 'X') == is_default);
                if verbose && (*truth == 'X') != is_default {
                    println!("verdict {verdict:?} {truth} {path}:{start} {}", lines[start - 1].trim());
                }
            }
            if verbose && hit.is_some() != (*truth != 'F') {
                println!(
                    "{} {truth} {path}:{start} {}",
                    if hit.is_some() { "false" } else { "missed" },
                    lines[start - 1].trim()
                );
            }
        }
        for line in found.keys().filter(|line| !blocks.iter().any(|(start, (end, ..))| (start..=end).contains(line))) {
            *counts.entry("unlabelled".to_owned()).or_default().hit.entry('?').or_default() += 1;
            if verbose {
                println!("unlabelled {path}:{line} {}", lines[line - 1].trim());
            }
        }
    }
    let rate = |hit: usize, all: usize| hit as f64 / all.max(1) as f64;
    for (kind, counts) in &counts {
        let hit = |truth| counts.hit.get(&truth).copied().unwrap_or(0);
        let all = |truth| counts.all.get(&truth).copied().unwrap_or(0);
        let (right, wanted) = (hit('T') + hit('X'), all('T') + all('X'));
        println!(
            "{kind:12} precision {:.3} recall {:.3}  T {}/{} X {}/{} F {}/{} ? {}",
            rate(right, right + hit('F')),
            rate(right, wanted),
            hit('T'),
            all('T'),
            hit('X'),
            all('X'),
            hit('F'),
            all('F'),
            hit('?'),
        );
    }
    println!("verdicts that agree: {:.3} of {judged}", rate(agree, judged));
    let all = &counts["all"];
    let (right, wrong) = (all.hit[&'T'] + all.hit[&'X'], all.hit[&'F']);
    assert!(rate(right, right + wrong) >= 0.97, "precision");
    assert!(rate(right, all.all[&'T'] + all.all[&'X']) >= 0.90, "recall");
}

/// Of the values that are labelled T or X hardly any may stay visible.
#[test]
fn labelled_values_are_masked() {
    let Some(folder) = std::env::var_os("STACKLINT_CREDDATA") else {
        println!("skipped: STACKLINT_CREDDATA names no folder with labelled files");
        return;
    };
    let folder = Path::new(&folder);
    let (mut masked, mut all) = (0, 0);
    for label in labels(&std::fs::read_to_string(folder.join("labels.csv")).unwrap()) {
        let Ok(text) = std::fs::read(folder.join("files").join(&label.path)) else { continue };
        let text = String::from_utf8_lossy(&text);
        let Some((from, to)) = label.value.filter(|(from, to)| from < to && label.truth != 'F') else { continue };
        let line_start: usize = text.split_inclusive('\n').take(label.start - 1).map(str::len).sum();
        let line = text[line_start..].lines().next().unwrap_or_default();
        let (from, to) = (line_start + from, line_start + to.min(line.trim_end().len()));
        let hidden =
            mask_ranges(&text, None).iter().any(|range| range.start as usize <= from && to <= range.end as usize);
        all += 1;
        masked += usize::from(hidden);
        if !hidden {
            println!("visible {} {}:{} {}", label.truth, label.path, label.start, line.trim());
        }
    }
    println!("masked {masked} of {all}");
    assert!(masked * 100 >= all * 95);
}
