//! What remains of the findings once it is asked who wants to see them, and who accepted them.

mod threshold;

pub(crate) use threshold::Thresholds;
