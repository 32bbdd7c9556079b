//! What is being judged, and what rules have worked out of it for each other.

use std::any::{Any, TypeId};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::application::Application;
use crate::fix::{Body, Shares};
use crate::map::HashMap;
use crate::origin::Origins;
use crate::postgres::server::Server;
use crate::stack::container::ContainerFiles;
use crate::stack::{Environment, Service, Stack};

/// What is being judged.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) stack: Option<&'a Stack>,
    /// The name of the stack.
    pub(super) name: Arc<str>,
    pub(super) origins: &'a Origins,
    /// What it runs for.
    pub(super) environment: &'a Environment,
    /// The services of the stack, each with its profiles if none of them is active.
    pub(super) services: Vec<(Service<'a>, Option<String>)>,
    /// The PostgreSQL servers.
    pub(super) servers: &'a [Server],
    /// The settings of its programs.
    pub(super) applications: Vec<Application<'a>>,
    /// What of the stack more than one service is made of, once a fix has asked for it.
    pub(super) shares: OnceCell<Shares>,
    /// Where the layers write each service, for those that a fix has asked for: half a dozen rules offer each one.
    pub(super) bodies: Vec<OnceCell<Option<Vec<Body>>>>,
    /// What the container of each service is given.
    pub(super) files: Vec<ContainerFiles<'a>>,
    /// What rules have worked out for each other, by its type.
    pub(super) facts: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
}

impl<'a> Scope<'a> {
    /// Something outside any stack, of which nothing is known yet.
    pub(super) fn loose(origins: &'a Origins, environment: &'a Environment) -> Self {
        let shares = OnceCell::new();
        let (services, applications) = (Vec::new(), Vec::new());
        let (bodies, files) = (Vec::new(), Vec::new());
        let (name, facts, servers) = (Arc::default(), RefCell::default(), &[] as &[_]);
        Self { stack: None, name, origins, environment, services, servers, applications, shares, bodies, files, facts }
    }
}
