//! The command line.

#![allow(dead_code, reason = "the command line comes with the next change")]

mod formats;
mod report;

fn main() {}
