//! What one file says, as plain data with file-local spans.
//!
//! Facts never look at another file, so they are collected in parallel. `lang` builds expressions from syntax trees,
//! `adapters` know one framework or tool each.

pub mod adapters;
mod apache;
mod back_end;
mod caddy;
mod client;
mod close_code;
mod cookie;
mod csp;
mod deploy;
mod entry_point;
mod env;
mod envoy;
mod escape;
mod expr;
mod extract;
mod file;
mod gate;
mod haproxy;
mod heartbeat;
mod hosting;
pub mod known;
mod kubernetes;
pub mod lang;
mod module;
mod named;
mod nginx;
pub mod notation;
mod preflight;
mod process;
mod proxy_file;
mod repository;
mod route_file;
mod secret;
mod server;
mod stages;
mod suppression;
pub mod visit;
mod weight;

pub use apache::{ApacheDirective, ApacheFile};
pub use back_end::{BackEndFact, BackEndRole};
pub use caddy::{CaddyFile, CaddyForm, CaddyHole, CaddyLine, CaddyQuote, CaddyWord};
pub use client::{
    Answer, CLIENT_BASE, CLIENT_MARK, CallSite, ClientApi, ClientCall, Closure, DevProxy, DevServer, ErrorHandling,
    FrontEndTool, HmrOptions, HostOptions, PageFact, PageKind, ProxyMount, Reach, Recognized, RunsIn,
};
pub use close_code::CloseCodeFact;
pub use cookie::{CookieFact, CookieSender, ProxyTrust};
pub use csp::{CspDefaults, CspFact, CspReach, CspSender, CspText};
pub use deploy::{
    CommandFact, ComposeBuild, ComposeFile, ComposeService, Dependency, Dockerfile, Ecosystem, EnvSetting, Manifest,
    Mount, OutsideSetting, PathAliases, PortMapping, Script, SimpleCommand, Stage,
};
pub use entry_point::Started;
pub use env::{EnvEntry, Quote, Separator};
pub use envoy::EnvoyFile;
pub use escape::{Escape, EscapeTo, Handovers, Slot};
pub use expr::{
    Arm, EnvReader, Expr, ExprKind, Field, Guard, HoleReason, Lambda, Op, PagePart, Sense, Test, is_bare_scheme,
};
pub use extract::{deserves_parse, extract, is_named};
pub use file::{
    CorsWords, Demand, FileFacts, FileReplacement, MalformedSuppression, SocketLists, SuppressionFact,
    SuppressionFault, SyntaxError, SyntaxErrorKind,
};
pub use gate::{Asks, GateFact, GateVerdict, LayerFact, Stands};
pub use haproxy::{HaproxyFile, HaproxyLine, HaproxyPresence, HaproxySection};
pub use heartbeat::{HeartbeatFact, HeartbeatLibrary, HeartbeatSource, TimeUnit};
pub use hosting::{HostingAction, HostingFact, HostingPattern, HostingRule, HostingService, HostingWhen};
pub use kubernetes::{EmbeddedText, InlinePatch, KubernetesFile, TemplateBranch, TemplateCondition};
pub use module::{Change, Class, ClassField, Definition, DefinitionValue, Export, Function, Import, Module, Param};
pub use named::{Named, named};
pub use nginx::{Arg, Directive, DumpedFile, NginxFile};
pub use preflight::{Order, Preflight};
pub use process::ProcessFact;
pub use proxy_file::{ProxyFile, ProxyWord};
pub use repository::{Coverage, Repository, SkipReason, Unreached};
pub use route_file::RouteFileFact;
pub use secret::{PublicSecretFact, SecretCheck, SecretFact, SecretPurpose, TokenCheckFact};
pub use server::{
    AddressFact, AddressRule, FolderFact, Framework, Guarded, HandlerFact, ListenFact, MiddlewareFact, MountFact,
    MountStyle, NamespaceFact, OriginLibrary, OriginTest, PatternSyntax, PolicyFact, Protocol, RouteFact, RouterFact,
    RouterKind, ServerProgram, Step, StepKind,
};
pub use weight::weight;
