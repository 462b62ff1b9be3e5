//! NestJS: the application, its modules, controllers and gateways.
//!
//! Classes are told by their decorators. A module names the controllers, gateways and further modules that it brings; the
//! application is made from one module, puts its prefix in front of every controller, and none in front of a gateway.

mod application;
mod controllers;
mod decorators;
mod gateways;
mod modules;

pub use application::{called, created, is_known_adapter};

use tree_sitter::Node;

use crate::facts::FileFacts;
use crate::facts::lang::ecma::EcmaCx;

/// A class that Nest knows by its decorators.
pub fn class<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    for decorator in decorators::of_class(cx, node) {
        match decorator.of_common(cx) {
            Some("Module") => modules::described(cx, node, &decorator, facts),
            Some("Controller") => controllers::described(cx, node, &decorator, facts),
            _ if decorator.is(cx, "@nestjs/websockets", "WebSocketGateway") => {
                gateways::described(cx, node, &decorator, facts);
            }
            _ => {}
        }
    }
}
