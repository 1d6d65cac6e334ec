//! Registration: every method but those that answer at once is done by the workers for its kind of work.

use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::workers::Workers;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::{Extensions, RpcModule};
use serde::Serialize;
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
            handler: impl Fn(&RpcContext, &Arguments) -> Result<R, RpcError> + Copy + Send + Sync + 'static,
        ) where
            R: Serialize + Clone + Send + 'static,
        {
            self.add(Arc::clone(&self.$workers), name, parameters, handler);
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
        handler: impl Fn(&RpcContext, &Arguments) -> Result<R, RpcError> + Copy + Send + Sync + 'static,
    ) where
        R: Serialize + Clone + Send + 'static,
    {
        let callback = move |params: jsonrpsee::types::Params<'_>, context: &RpcContext, _: &Extensions| {
            Ok::<R, ErrorObjectOwned>(handler(context, &Arguments::new(&params, parameters)?)?)
        };
        let registered = self.module.register_method(name, callback).map(|_| ());
        self.keep_error(registered);
    }

    fn add<R>(
        &mut self,
        workers: Arc<Workers>,
        name: &'static str,
        parameters: &'static [&'static str],
        handler: impl Fn(&RpcContext, &Arguments) -> Result<R, RpcError> + Copy + Send + Sync + 'static,
    ) where
        R: Serialize + Clone + Send + 'static,
    {
        let callback = move |params: jsonrpsee::types::Params<'static>, context: Arc<RpcContext>, _| {
            let workers = Arc::clone(&workers);
            async move {
                let arguments = Arguments::new(&params, parameters)?;
                let result = workers.run(name, move || handler(&context, &arguments)).await;
                Ok::<R, ErrorObjectOwned>(result?)
            }
        };
        let registered = self.module.register_async_method(name, callback).map(|_| ());
        self.keep_error(registered);
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
    pub(crate) fn finish(self) -> Result<RpcModule<RpcContext>, RegisterMethodError> {
        match self.error {
            None => Ok(self.module),
            Some(error) => Err(error),
        }
    }
}
