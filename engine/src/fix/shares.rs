//! Which parts of a stack's files make more than one service, so that an edit there changes them all.

use crate::map::HashMap;
use crate::origin::{FileId, Origins, Role, Span};
use crate::stack::Stack;
use crate::stack::value::{Data, Value};

/// What of a stack is shared.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// Places in the files that services were made of by `extends`, each with the number of the service; in order.
    drawn: Vec<(FileId, u32, usize)>,
    /// How many services have the list that stands at a place.
    lists: HashMap<Span, usize>,
}

impl Shares {
    /// Looks at all services of a stack.
    pub(crate) fn of(stack: &Stack) -> Self {
        let mut shares = Self::default();
        for (number, service) in stack.services().enumerate() {
            let value = service.value();
            // A service that extends another keeps the place of the first base.
            shares.draw(value.place, number);
            for step in stack.origins.steps_back(value.origin).filter(|step| step.role == Role::ExtendedFrom) {
                shares.draw(step.place, number);
            }
            for (_, field) in value.fields() {
                if let (Data::Sequence(_), Some(place)) = (&field.value.data, field.value.place) {
                    *shares.lists.entry(place).or_default() += 1;
                }
                if is_extended(&field.value, &stack.origins) {
                    shares.draw(field.key, number);
                    field.earlier_keys.iter().for_each(|key| shares.draw(Some(*key), number));
                }
            }
        }
        shares.drawn.sort_unstable();
        shares
    }

    fn draw(&mut self, place: Option<Span>, number: usize) {
        self.drawn.extend(place.map(|place| (place.file, place.range.start, number)));
    }

    /// Whether services other than the one with this number draw on what stands in a place.
    pub(super) fn is_drawn_on(&self, place: Span, number: usize) -> bool {
        let first = self.drawn.partition_point(|(file, at, _)| (*file, *at) < (place.file, place.range.start));
        let inside = self.drawn.iter().skip(first);
        inside
            .take_while(|(file, at, _)| *file == place.file && *at < place.range.end)
            .any(|(.., other)| *other != number)
    }

    /// Whether several services have the list that stands at a place.
    pub(super) fn is_list_of_several(&self, place: Span) -> bool {
        self.lists.get(&place).is_some_and(|count| *count > 1)
    }
}

/// Whether a value came into its service by `extends`, whatever brought it into the base.
pub(super) fn is_extended(value: &Value, origins: &Origins) -> bool {
    let brought = |role: &Role| matches!(role, Role::AliasOf | Role::MergedFrom | Role::ExtendedFrom);
    origins.steps_back(value.origin).map(|step| step.role).find(brought) == Some(Role::ExtendedFrom)
}
