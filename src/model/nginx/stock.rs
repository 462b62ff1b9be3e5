//! The image of nginx with the configuration that comes with it: it hands out files on one port, without TLS.

use std::sync::Arc;

use super::instance::PROGRAM;
use crate::base::{FileId, Limit, Place};
use crate::model::proxy::{
    Answer, BlockId, ChosenLocation, ChosenServer, InWords, ListenAddress, NGINX, Outcome, Program, Proxy, Request,
    Target,
};
use crate::model::{Assumption, Unknown};

/// The one block of that configuration.
const LEVEL: BlockId = BlockId(0);

/// Whose image it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockImage {
    /// A Dockerfile of the repository starts from it.
    Extended,
    /// It runs as it was published.
    Published,
}

/// A container of that image. Source: `conf/nginx.conf` and `conf.d/default.conf` of the official images.
#[derive(Debug)]
pub struct StockNginx {
    /// Where it listens, at the line that says that the image runs.
    pub listens: [ListenAddress; 1],
    /// Whose image it is.
    pub image: StockImage,
    /// What its answers rest on.
    pub rests_on: Vec<Assumption>,
    /// Whether a finding may be in the file of that line.
    pub is_accusable: bool,
}

impl StockNginx {
    fn place(&self) -> Place {
        let [listen] = &self.listens;
        listen.place
    }
}

impl Proxy for StockNginx {
    fn name(&self) -> &'static str {
        NGINX.name
    }

    fn program(&self) -> &'static Program {
        &PROGRAM
    }

    fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        Vec::new()
    }

    fn first_place(&self) -> Option<Place> {
        Some(self.place())
    }

    fn root(&self) -> Option<FileId> {
        None
    }

    fn files(&self) -> &[FileId] {
        &[]
    }

    fn holes(&self) -> &[Unknown] {
        &[]
    }

    fn accusable(&self) -> bool {
        self.is_accusable
    }

    fn placed_by(&self) -> &[Place] {
        &[]
    }

    fn listens(&self) -> &[ListenAddress] {
        &self.listens
    }

    fn targets(&self) -> Vec<Target> {
        Vec::new()
    }

    fn answer(&self, _request: &Request) -> Answer {
        let place = self.place();
        let location: Arc<str> = Arc::from("/");
        Answer {
            server: Some(ChosenServer { level: LEVEL, place, listen: place }),
            location: Some(ChosenLocation { level: LEVEL, place, written: Arc::clone(&location) }),
            level: LEVEL,
            steps: vec![(place, "the image of nginx with the configuration that comes with it".to_owned())],
            outcome: Outcome::Files { location, place, missing: None },
            assumptions: self.rests_on.clone(),
            gates: Vec::new(),
        }
    }

    fn why_nothing(&self, _place: Place) -> Option<InWords> {
        Some(InWords {
            why: "the configuration that comes with the image hands out files alone",
            fix: match self.image {
                StockImage::Extended => {
                    "COPY nginx.conf /etc/nginx/conf.d/default.conf\n    with a location for the path, or forward the path in the proxy before it"
                }
                StockImage::Published => {
                    "volumes:\n      - ./nginx.conf:/etc/nginx/conf.d/default.conf:ro\n    with a location for the path, or forward the path in the proxy before it"
                }
            },
        })
    }
}
