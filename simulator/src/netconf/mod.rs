//! NETCONF.
use std::sync::Arc;

use crate::live::Served;
use crate::ssh::Wire;

pub(crate) async fn session(_served: Arc<Served>, mut wire: Wire) -> Wire {
    let _ = wire.fall_silent().await;
    wire
}
