//! Which path a program takes.

use crate::{Job, Lanes, Portable};
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use crate::ifma::Ifma;

/// A path that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
}

/// Environment variable with the name of a path, for measuring and for finding faults.
const VARIABLE: &str = "SERO_LANES";

impl Path {
    /// The fastest, or the one that the environment variable `SERO_LANES` names (`portable`, `ifma`). The first call
    /// decides for the whole process.
    ///
    /// # Panics
    ///
    /// If the variable names a path that this processor does not have.
    pub fn best() -> Self {
        static BEST: OnceLock<Path> = OnceLock::new();
        *BEST.get_or_init(|| {
            let all = Self::all();
            let fastest = all.last().copied().unwrap_or_else(Self::portable);
            let Some(name) = std::env::var_os(VARIABLE) else { return fastest };
            let named = all.iter().find(|path| name == path.name()).copied();
            named.unwrap_or_else(|| {
                let names: Vec<&str> = all.iter().map(|path| path.name()).collect();
                panic!("{VARIABLE} is {}, this processor has {}", name.display(), names.join(", "))
            })
        })
    }

    /// The one that every processor has.
    pub fn portable() -> Self {
        Path(Kind::Portable)
    }

    /// All that this processor has, the slowest first.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::portable()];
        #[cfg(target_arch = "x86_64")]
        all.extend(Ifma::detect().map(|ifma| Path(Kind::Ifma(ifma))));
        all
    }

    /// `portable` or `ifma`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(_) => "ifma",
        }
    }

    /// Runs `job` on this path.
    pub fn run<J: Job>(self, job: J) -> J::Output {
        match self.0 {
            Kind::Portable => Portable.enter(job),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(ifma) => ifma.enter(job),
        }
    }
}
