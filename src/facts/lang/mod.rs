//! Source languages: scopes, expressions, summaries of functions and classes. No framework.
