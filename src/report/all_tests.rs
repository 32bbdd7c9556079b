//! What holds for every format.
