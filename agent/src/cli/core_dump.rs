//! No core is written of a process that holds secrets.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Sets the limit of cores to nothing, for good: the memory of a process that polls holds passwords, and a core would
/// lie on the disk with them. `systemd-coredump` looks at the limit itself; the kernel does not where `core_pattern` is a
/// pipe, so
/// that another collector may keep one all the same.
pub(super) fn forgo() {
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "A crash may leave a core with secrets in it: the limit of cores cannot be set.");
    }
}
