//! Tests of the circuits: gadget by gadget against the native code, rule by
//! rule against forged witnesses, and mechanically over every wire.

mod circuits;
mod forgeries;
mod gadgets;
mod keys;
mod mechanical;
mod request;
pub(crate) mod support;
mod watch;
#[cfg(target_os = "linux")]
mod wiped;
