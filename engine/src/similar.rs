//! What somebody may have meant who wrote a name that is not known.

/// Names so unlike that they were hardly meant are not suggested.
const LIKENESS: f64 = 0.75;

/// How alike a known name and a written one are; nothing if that is too unlike to be meant.
#[must_use]
pub fn likeness(known: &str, written: &str) -> Option<f64> {
    let likeness = strsim::jaro_winkler(known, written);
    (likeness >= LIKENESS).then_some(likeness)
}

/// The known name most like `name`, if any is like it at all.
#[must_use]
pub fn similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let alike = known.filter_map(|known| Some((likeness(known, name)?, known)));
    alike.max_by(|one, two| one.0.total_cmp(&two.0)).map(|(_, known)| known)
}
