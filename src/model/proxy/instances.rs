//! The proxies of a repository.

use std::any::Any;

use super::{NGINX, Proxy, ProxyWords};

/// Index of a proxy in [`Proxies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProxyId(pub u32);

/// The proxies of a repository, of every program.
#[derive(Debug, Default)]
pub struct Proxies(Vec<Box<dyn Proxy>>);

impl Proxies {
    /// Adds one.
    pub fn add(&mut self, proxy: impl Proxy) {
        self.0.push(Box::new(proxy));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The proxy; `None` for a foreign id.
    #[must_use]
    pub fn get(&self, id: ProxyId) -> Option<&dyn Proxy> {
        self.0.get(id.0 as usize).map(|proxy| &**proxy)
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self, id: ProxyId) -> &'static str {
        self.get(id).map_or("the proxy", Proxy::name)
    }

    /// What findings call its parts.
    #[must_use]
    pub fn words(&self, id: ProxyId) -> &'static ProxyWords {
        self.get(id).map_or(&NGINX, Proxy::words)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (ProxyId, &dyn Proxy)> {
        (0u32..).map(ProxyId).zip(self.0.iter().map(|proxy| &**proxy))
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = ProxyId> + use<> {
        (0u32..).map(ProxyId).take(self.0.len())
    }

    /// The proxy, when it is of this program.
    #[must_use]
    pub fn one<P: Proxy>(&self, id: ProxyId) -> Option<&P> {
        let proxy: &dyn Any = self.get(id)?;
        proxy.downcast_ref()
    }

    /// All that are of this program.
    pub fn all<P: Proxy>(&self) -> impl Iterator<Item = (ProxyId, &P)> {
        self.iter().filter_map(|(id, proxy)| {
            let proxy: &dyn Any = proxy;
            Some((id, proxy.downcast_ref()?))
        })
    }

    /// All that are of this program, to be changed while the wiring is made.
    pub(in crate::model) fn all_mut<P: Proxy>(&mut self) -> impl Iterator<Item = (ProxyId, &mut P)> {
        (0u32..).map(ProxyId).zip(&mut self.0).filter_map(|(id, proxy)| {
            let proxy: &mut dyn Any = &mut **proxy;
            Some((id, proxy.downcast_mut()?))
        })
    }
}
