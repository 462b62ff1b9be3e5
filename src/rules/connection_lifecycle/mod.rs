//! Family `connection-lifecycle`: what happens to a connection once it was opened, or refused.

pub(super) mod close_before_accept;
pub(super) mod silent_websocket_error;
