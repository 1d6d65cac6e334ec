//! A whole development node, over HTTP.

mod development;
mod support;
