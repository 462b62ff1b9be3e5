//! One file for each framework or tool.

pub mod compose;
pub mod data;
pub mod dockerfile;
pub mod ecma;
pub mod env;
pub mod fastapi;
pub mod gitignore;
pub mod html;
pub mod nginx;
pub mod package_json;
pub mod pydantic;
pub mod python;
pub mod requirements;
pub mod script;
pub mod server_commands;
pub mod starlette_cors;
pub mod uvicorn;
