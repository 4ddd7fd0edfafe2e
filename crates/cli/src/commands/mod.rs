//! One file for each subcommand.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod console;
pub(crate) mod demo;
pub(crate) mod dns;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod eval;
pub(crate) mod export_person;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod labels;
pub(crate) mod lists;
pub(crate) mod logs;
pub(crate) mod lookalikes;
pub(crate) mod people;
pub(crate) mod playbook;
pub(crate) mod rebuild;
pub(crate) mod replay;
pub(crate) mod restore;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod train;
pub(crate) mod whatif;
