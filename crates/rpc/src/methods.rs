//! Registration: every method but those that answer at once is done by the workers for its kind of work.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::discover::{self, Parameter};
use crate::error::RpcError;
use crate::schema::Schema;
use crate::workers::Workers;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::{Extensions, RpcModule};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

/// Light requests that run at the same time; the others wait.
const LIGHT_MAX: usize = 64;

/// The methods of a server, and how many may run at once.
pub(crate) struct Methods {
    module: RpcModule<RpcContext>,
    light: Arc<Workers>,
    heavy: Arc<Workers>,
    simulation: Arc<Workers>,
    tracing: Arc<Workers>,
    submission: Arc<Workers>,
    error: Option<RegisterMethodError>,
    documents: Vec<Value>,
    has_accounts: bool,
    has_privacy: bool,
    has_development: bool,
}

/// A function for each kind of work, which registers a method that goes to the workers of a field.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident: $workers:ident,)+) => {
        $($(#[$doc])+
        pub(crate) fn $kind<R>(
            &mut self,
            name: &'static str,
            parameters: &'static [&'static str],
            handler: impl Fn(&RpcContext, &Arguments) -> Result<R, RpcError> + Clone + Send + Sync + 'static,
        ) -> Registered<'_, R>
        where
            R: Serialize + Clone + Send + 'static,
        {
            self.add(Arc::clone(&self.$workers), name, parameters, handler);
            Registered { methods: self, name, parameters, answer: PhantomData }
        })+
    };
}

impl Methods {
    /// No methods yet.
    pub(crate) fn new(context: RpcContext) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Self {
            has_accounts: !context.accounts.is_empty(),
            has_privacy: context.chain.parameters().privacy.is_some(),
            has_development: context.development.is_some(),
            module: RpcModule::new(context),
            light: Workers::new(LIGHT_MAX),
            heavy: Workers::new(cores * 2),
            simulation: Workers::new(cores),
            tracing: Workers::new(cores / 2),
            submission: Workers::new(cores),
            error: None,
            documents: vec![],
        }
    }

    /// Whether the node has keys to sign with.
    pub(crate) fn has_accounts(&self) -> bool {
        self.has_accounts
    }

    /// Whether the chain has the privacy precompiles.
    pub(crate) fn has_privacy(&self) -> bool {
        self.has_privacy
    }

    /// Whether the chain is one for development, and can be driven.
    pub(crate) fn has_development(&self) -> bool {
        self.has_development
    }

    kinds! {
        /// A method that reads a few records.
        light: light,
        /// A method that reads many blocks or makes a large answer.
        heavy: heavy,
        /// A method that runs the EVM on what the caller says.
        simulation: simulation,
        /// A method that runs the EVM for long: on whole blocks, or step by step.
        tracing: tracing,
        /// A method that gives a transaction to the pool.
        submission: submission,
        /// A method that drives a development chain.
        development: submission,
    }

    /// A method that reads a record or two, or none, and waits for nobody: it answers on the thread that asks, for handing it
    /// to another one would take longer than the work.
    pub(crate) fn instant<R>(
        &mut self,
        name: &'static str,
        parameters: &'static [&'static str],
        handler: impl Fn(&RpcContext, &Arguments) -> Result<R, RpcError> + Clone + Send + Sync + 'static,
    ) -> Registered<'_, R>
    where
        R: Serialize + Clone + Send + 'static,
    {
        let callback = move |params: jsonrpsee::types::Params<'_>, context: &RpcContext, _: &Extensions| {
            Ok::<R, ErrorObjectOwned>(handler(context, &Arguments::new(&params, parameters)?)?)
        };
        let registered = self.module.register_method(name, callback).map(|_| ());
        self.keep_error(registered);
        Registered { methods: self, name, parameters, answer: PhantomData }
    }

    fn add<R>(
        &mut self,
        workers: Arc<Workers>,
        name: &'static str,
        parameters: &'static [&'static str],
        handler: impl Fn(&RpcContext, &Arguments) -> Result<R, RpcError> + Clone + Send + Sync + 'static,
    ) where
        R: Serialize + Clone + Send + 'static,
    {
        let callback = move |params: jsonrpsee::types::Params<'static>, context: Arc<RpcContext>, _| {
            let (workers, handler) = (Arc::clone(&workers), handler.clone());
            async move {
                let arguments = Arguments::new(&params, parameters)?;
                let result = workers.run(name, move || handler(&context, &arguments)).await;
                Ok::<R, ErrorObjectOwned>(result?)
            }
        };
        let registered = self.module.register_async_method(name, callback).map(|_| ());
        self.keep_error(registered);
    }

    /// What is said about the methods so far, in the order of their names.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let mut documents = self.documents.clone();
        documents.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
        documents
    }

    /// The module, to register subscriptions.
    pub(crate) fn module(&mut self) -> &mut RpcModule<RpcContext> {
        &mut self.module
    }

    /// Remembers the first failed registration for [`Self::finish`].
    pub(crate) fn keep_error(&mut self, registered: Result<(), RegisterMethodError>) {
        if let Err(error) = registered {
            self.error.get_or_insert(error);
        }
    }

    /// All methods, or the first that could not be registered.
    pub(crate) fn finish(mut self) -> Result<RpcModule<RpcContext>, RegisterMethodError> {
        let names = self.module.method_names().chain(["rpc_modules"]);
        let namespaces: BTreeMap<&str, &str> =
            names.filter_map(|name| Some((name.split_once('_')?.0, "1.0"))).collect();
        self.instant("rpc_modules", &[], move |_, _| Ok(namespaces.clone()));
        match self.error {
            None => Ok(self.module),
            Some(error) => Err(error),
        }
    }
}

/// A method that was just registered, and gives an `R`.
pub(crate) struct Registered<'m, R> {
    methods: &'m mut Methods,
    name: &'static str,
    parameters: &'static [&'static str],
    answer: PhantomData<R>,
}

impl<R: Schema> Registered<'_, R> {
    /// Says what it does and what each parameter is, for `rpc_discover`.
    pub(crate) fn documented(self, summary: &str, parameters: &[Parameter]) {
        debug_assert_eq!(parameters.len(), self.parameters.len(), "{}", self.name);
        let document = discover::method::<R>(self.name, summary, self.parameters, parameters);
        self.methods.documents.push(document);
    }
}
