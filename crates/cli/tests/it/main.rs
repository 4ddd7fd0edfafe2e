//! The command line, end to end: the real binary on real files.

mod command_line;
mod common;
mod contracts;
mod corpus;
mod data_folder;
mod lists;
