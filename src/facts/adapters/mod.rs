//! One file for each framework or tool.

pub mod compose;
pub mod data;
pub mod django;
pub mod dockerfile;
pub mod ecma;
mod ecma_demands;
mod ecma_runs;
pub mod env;
pub mod fastapi;
mod fetch;
pub mod gitignore;
pub mod html;
mod library_client;
mod next_config;
pub mod nginx;
mod node_server;
pub mod package_json;
pub mod pydantic;
pub mod python;
pub mod requirements;
pub mod script;
pub mod server_commands;
pub mod starlette_cors;
pub mod uvicorn;
mod vite;
mod websocket;
