//! Fixes held against all stacks that read the file they edit.

use crate::finding::Finding;
use crate::map::HashMap;
use crate::outcome::StackSummary;
use crate::source::Sources;
use crate::stack::is_distinct_list;

/// Takes away fixes that add to a list, or change it, in a file that some stack reads without having the finding.
///
/// Docker Compose refuses a stack in which two layers, or a service and what it extends, say the same item of such a
/// list. What mends one stack by an item in a shared file would break another whose own layer has the item already, or
/// gets it by the fix of a finding of its own.
pub(crate) fn drop_clashing(findings: &mut [Finding], stacks: &[StackSummary], sources: &Sources) {
    let mut readers: HashMap<&str, Vec<&str>> = HashMap::default();
    for stack in stacks {
        stack.files.iter().for_each(|file| readers.entry(file).or_default().push(&stack.name));
    }
    let clashes = |finding: &Finding| !finding.fixes.is_empty() && is_distinct_list(&finding.subject);
    for finding in findings.iter_mut().filter(|finding| clashes(finding)) {
        // The stacks of a finding are sorted by name.
        let stacks = &finding.stacks;
        let holds_in = |reader: &&str| stacks.binary_search_by(|stack| (*stack.name).cmp(reader)).is_ok();
        finding.fixes.retain(|fix| {
            let mut files = fix.edits.iter().filter_map(|edit| sources.file(edit.place.file));
            files.all(|file| readers.get(file.name.as_str()).into_iter().flatten().all(holds_in))
        });
    }
}
