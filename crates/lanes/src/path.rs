//! Which path a program takes.

#[cfg(not(target_arch = "wasm32"))]
use crate::Portable;
use crate::{Job, Lanes};
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use crate::ifma::Ifma;
#[cfg(target_arch = "wasm32")]
use crate::narrow::Narrow;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
use crate::relaxed::Relaxed;

/// A path that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(not(target_arch = "wasm32"))]
    Portable,
    #[cfg(target_arch = "wasm32")]
    Narrow,
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    Relaxed(Relaxed),
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

    /// The one that every processor has. In WebAssembly that is `narrow`, and `portable` is left out of the module.
    pub fn portable() -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        return Path(Kind::Portable);
        #[cfg(target_arch = "wasm32")]
        return Path(Kind::Narrow);
    }

    /// All that this processor has, the slowest first.
    pub fn all() -> Vec<Self> {
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_feature = "relaxed-simd")),
            expect(unused_mut, reason = "no other path")
        )]
        let mut all = vec![Self::portable()];
        #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
        all.extend(Relaxed::detect().map(|relaxed| Path(Kind::Relaxed(relaxed))));
        #[cfg(target_arch = "x86_64")]
        all.extend(Ifma::detect().map(|ifma| Path(Kind::Ifma(ifma))));
        all
    }

    /// `portable`, `ifma`, or in WebAssembly `narrow` or `relaxed`.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(not(target_arch = "wasm32"))]
            Kind::Portable => "portable",
            #[cfg(target_arch = "wasm32")]
            Kind::Narrow => "narrow",
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kind::Relaxed(_) => "relaxed",
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(_) => "ifma",
        }
    }

    /// Runs `job` on this path.
    pub fn run<J: Job>(self, job: J) -> J::Output {
        match self.0 {
            #[cfg(not(target_arch = "wasm32"))]
            Kind::Portable => Portable.enter(job),
            #[cfg(target_arch = "wasm32")]
            Kind::Narrow => Narrow.enter(job),
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kind::Relaxed(relaxed) => relaxed.enter(job),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(ifma) => ifma.enter(job),
        }
    }
}
