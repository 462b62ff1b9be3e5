//! What stands on the way of a request and hands it on, answers it or sends it elsewhere: one interface for every program.
//!
//! Each program keeps its own phases in a folder of its own. What follows a request, and what judges it, knows the interface.

mod answer;
mod certificate;
mod cut_short;
mod duration;
mod fix;
mod headers;
mod instances;
mod listen;
mod lost_upgrade;
mod passing;
mod patterns;
mod range;
mod request;
mod shadow;
mod truth;
mod ways;
mod witness;
mod words;

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Debug;

pub use answer::{Answer, ChosenLocation, ChosenServer, Gate, LostUpgrade, Outcome, Proxied, Target, Upgrade};
pub use certificate::Certificate;
pub use cut_short::CutShort;
pub(in crate::model) use duration::go_milliseconds;
pub use fix::{KeepsPrefix, PathFix};
pub(in crate::model) use headers::canonical;
pub use headers::{
    ClientHeaders, HeaderOrigin, HeaderValue, Received, SpokenVersion, UpstreamHeader, UpstreamHeaders, VersionSource,
};
pub use instances::{Proxies, ProxyId};
pub use listen::{ListenAddress, PortRange};
pub use lost_upgrade::{Http10Handshake, UpgradeCause, upgrade_causes};
pub use passing::{
    AddedHeader, AddedTo, BackEndHeader, Buffering, Carries, Dropped, IdleTimeout, InWords, OwnCors, Upstream,
};
pub(in crate::model) use patterns::{Captured, Patterns};
pub(in crate::model) use range::in_range;
pub use request::{HttpVersion, OtherHeaders, Request, RequestHeaders, Sent};
pub use shadow::{Shadow, Shadowed};
pub(in crate::model) use truth::Truth;
pub(in crate::model) use ways::Ways;
pub(in crate::model) use witness::{WITNESSES, Witness, answer_with_witnesses};
pub use words::{APACHE, CADDY, ENVOY, Forwards, HAPROXY, NGINX, ProxyWords, TRAEFIK};

use super::{Assumption, PathText, Piece, Text, Unknown};
use crate::base::{FileId, Limit, Place};
use crate::facts::HoleReason;

/// A block of a proxy's configuration, by a number that only the proxy itself understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

/// One running proxy with its configuration. What it does not say is unknown, and nothing is concluded from that.
pub trait Proxy: Any + Debug + Send + Sync {
    /// The program's name as people write it: `nginx`, `Caddy`.
    fn name(&self) -> &'static str;

    /// What findings call its parts.
    fn words(&self) -> &'static ProxyWords {
        ProxyWords::of(self.name())
    }

    /// How the program is found where it runs.
    fn program(&self) -> &'static Program;

    /// The bounds of its own work that were reached while it was read and asked.
    fn limits(&self) -> Vec<(Option<Place>, Limit)>;

    /// The first byte that its configuration says.
    fn first_place(&self) -> Option<Place>;

    /// The main file, or the first part of one that is not in the repository.
    fn root(&self) -> Option<FileId>;

    /// All files that take part, the main one first.
    fn files(&self) -> &[FileId];

    /// What could not be read.
    fn holes(&self) -> &[Unknown];

    /// Whether a finding may be in its files.
    fn accusable(&self) -> bool;

    /// Mounts and `COPY`s that put its files into place.
    fn placed_by(&self) -> &[Place];

    /// Every address that it listens on.
    fn listens(&self) -> &[ListenAddress];

    /// Rows of ports that it listens on, of which only the first ports are among its addresses.
    fn port_ranges(&self) -> &[PortRange] {
        &[]
    }

    /// Every host that it forwards to: what tells which services are behind it.
    fn targets(&self) -> Vec<Target>;

    /// The names of hosts that it forwards to, lower case, also those of conditions that are not decided.
    fn hosts(&self) -> BTreeSet<String> {
        self.targets().iter().filter_map(|target| Some(target.host.as_deref()?.to_ascii_lowercase())).collect()
    }

    /// The services whose labels it reads, by their places.
    fn labelled(&self) -> &[Place] {
        &[]
    }

    /// What it does with a request.
    fn answer(&self, request: &Request) -> Answer;

    /// Whether the answer with this status at `place` means that the path is not served; a refusal that is meant for it is none.
    fn finds_nothing(&self, code: u16, _place: Place, _location: &str) -> bool {
        code == 404
    }

    /// Why nothing is found at `place`, where more than a missing block is to blame.
    fn why_nothing(&self, _place: Place) -> Option<InWords> {
        None
    }

    /// What rests on the conditions of a template language in the file of `place`.
    fn assumptions_at(&self, _place: Place) -> Vec<Assumption> {
        Vec::new()
    }

    /// The blocks whose text is that of the request's path, that it does not pick for it, and what each would answer.
    fn shadowed(&self, _request: &Request) -> Vec<Shadowed> {
        Vec::new()
    }

    /// The path of every block that forwards, with what is put in place of it.
    fn passes(&self) -> Vec<(&str, Option<&str>)> {
        Vec::new()
    }

    /// The plain block whose text fits a path best (`Some(None)`: none does); `None` when patterns, rewrites or conditions may
    /// decide where a request goes.
    fn plain_location(&self, _path: &str) -> Option<Option<&str>> {
        None
    }

    /// Whether it adds CORS headers to some answers.
    fn sets_cors(&self) -> bool {
        false
    }

    /// What it lets pages of an origin read of the answers of a block, by itself and whatever the back end says; `None` when it
    /// has no policy of its own there.
    fn cors(&self, _block: BlockId, _origin: &str) -> Option<OwnCors> {
        None
    }

    /// The paths that the back end would get for a request for `asked`, were what hands it on written otherwise.
    fn path_fixes(&self, _proxied: &Proxied, _asked: &PathText) -> Vec<PathFix> {
        Vec::new()
    }

    /// After which silence of the upstream it gives up what a block carries; `None` when that is not known.
    fn idle_timeout(&self, _block: BlockId, _carries: Carries) -> Option<IdleTimeout> {
        None
    }

    /// What its defaults of time rest on, where something else than its own files may set others.
    fn defaults_rest_on(&self) -> Option<Assumption> {
        None
    }

    /// After which time it ends an answer of a block, however much is sent; `None` when it never does.
    fn ends_answers(&self, _block: BlockId) -> Option<IdleTimeout> {
        None
    }

    /// A time-out of a block that is written, and that upgraded connections do not obey.
    fn uncounted_timeout(&self, _block: BlockId) -> Option<Place> {
        None
    }

    /// What makes answers of this type be compressed, and held back by that.
    fn compresses(&self, _block: BlockId, _content_type: &str) -> Option<Place> {
        None
    }

    /// Whether answers of a block are collected in buffers; `None` when that is not known.
    fn buffering(&self, _block: BlockId) -> Option<Buffering> {
        None
    }

    /// What a block does with the requests of one client.
    fn spread(&self, _proxied: &Proxied) -> Upstream {
        Upstream::OneServer
    }

    /// Whether what hands a request on binds a client to one server, for whatever number of servers its names lead to.
    fn binds_clients(&self, _proxied: &Proxied) -> bool {
        false
    }

    /// The line that binds a client to one of the servers that a request is handed on to, and where it goes.
    fn sticky_line(&self, _proxied: &Proxied) -> (&'static str, &'static str) {
        self.words().sticky
    }

    /// The headers that a block adds to answers, in the order in which they are sent.
    fn added_headers(&self, _block: BlockId) -> Vec<AddedHeader> {
        Vec::new()
    }

    /// What a block loses of these request headers, that a block around it sets: how a fix that is there comes to nothing.
    fn dropped_headers(&self, _block: BlockId, _names: &[&str]) -> Option<Dropped> {
        None
    }

    /// Where the request headers that a block sends are set, when that is around it, for others too.
    fn set_around(&self, _block: BlockId) -> Option<Place> {
        None
    }

    /// The value of a header that it adds to the answer to a request, with what it puts in place of variables.
    fn header_text(&self, _request: &Request, header: &AddedHeader) -> Text {
        if header.value.contains(['$', '{', '%']) {
            return Text(vec![Piece::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(header.place) })]);
        }
        Text::known(&header.value, Some(header.place))
    }

    /// Whether a header of the upstream's answer is kept from the client.
    fn hides_header(&self, _block: BlockId, _name: &str) -> bool {
        false
    }

    /// The certificates that it shows.
    fn certificates(&self) -> Vec<Certificate> {
        Vec::new()
    }

    /// Whether browsers speak HTTP/2 to a port that takes TLS; `None` when that is not known.
    fn speaks_http2(&self, _port: u16) -> Option<bool> {
        None
    }
}

/// How a program is found in containers and on machines.
#[derive(Debug)]
pub struct Program {
    /// Words in the names of images that run it (`caddy`).
    pub images: &'static [&'static str],
    /// Commands that start it (`caddy`).
    pub commands: &'static [&'static str],
    /// How well a file at this path of a container is placed for it: the main file best; `None` where it is not read.
    pub reads: fn(&str, Installed) -> Option<u8>,
}

/// Whether a container is known to have a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// The name of its image says so.
    ByImage,
    /// Nothing says so.
    Unsaid,
}

impl Program {
    /// Whether an image of this name runs it.
    #[must_use]
    pub fn is_image(&self, image: &str) -> bool {
        self.images.iter().any(|word| image.contains(word))
    }
}
