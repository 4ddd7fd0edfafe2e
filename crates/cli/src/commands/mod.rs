//! One file for each subcommand.

pub(crate) mod check;
pub(crate) mod eval;
pub(crate) mod init;
pub(crate) mod lookalikes;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod train;
