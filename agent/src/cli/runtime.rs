//! The runtime that verbs with a network run on.

use super::{Exit, print};

/// Two workers are enough for thousands of devices that mostly wait.
const WORKERS: usize = 2;

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().map_err(
        |error| {
            print::error(format_args!("the system gives no threads: {error}"));
            Exit::Nothing
        },
    )
}
