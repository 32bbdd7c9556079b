//! Hash maps and sets with a fast hasher.
//!
//! A stack is made of mappings, and every rule looks into each of its services: hashing with the standard library's
//! SipHash was a tenth of a check. foldhash takes a quarter of the time for keys as short as these, and is seeded anew in
//! every process, so that no file can be written whose keys collide.

use foldhash::fast::RandomState;

/// A map in no order.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A map whose keys are clean paths. [`std::path::Path`] takes a path apart to hash it; of clean ones the bytes do.
pub type PathMap<V> = HashMap<std::ffi::OsString, V>;

/// A set in no order.
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;

/// A map in the order of insertion.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;

/// A set in the order of insertion.
pub type IndexSet<T> = indexmap::IndexSet<T, RandomState>;
