//! Many things done alike, on several threads where that pays.

use rayon::prelude::*;

/// Below so many folders threads cost more than they bring.
const PARALLEL_FROM: usize = 8;

/// The results of something done to each item, in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], judge: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    if items.len() < PARALLEL_FROM { items.iter().map(judge).collect() } else { items.par_iter().map(judge).collect() }
}
