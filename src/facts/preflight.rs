//! What a CORS registration answers to the request that a browser sends ahead of another one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Expr;

/// What a CORS registration says besides origins and credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// The methods that it admits. `None`: the library's default.
    pub methods: Option<Expr>,
    /// The request headers that it admits. `None`: the library's default.
    pub headers: Option<Expr>,
    /// Which routes it acts on.
    pub order: Order,
    /// With [`Order::WithRoute`], the methods of that route; empty for all of them.
    pub methods_of_route: Vec<Arc<str>>,
}

/// Whether the place of a registration among the routes matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Order {
    /// It acts on all routes of its application, wherever it is written.
    #[default]
    Anywhere,
    /// It acts on routes that are registered after it (`app.use` of Express).
    BeforeRoutes,
    /// It acts on the requests of the route that it is registered with (`app.post('/x', cors(), handler)`).
    WithRoute,
}
