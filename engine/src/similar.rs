//! What somebody may have meant who wrote a name that is not known.

/// Names so unlike that they were hardly meant are not suggested.
const LIKENESS: f64 = 0.75;

/// The known name most like `name`, if any is like it at all.
#[must_use]
pub fn similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let likeness = |known: &str| strsim::jaro_winkler(known, name);
    let best = known.map(|known| (likeness(known), known)).max_by(|one, two| one.0.total_cmp(&two.0));
    best.filter(|(likeness, _)| *likeness >= LIKENESS).map(|(_, known)| known)
}
