//! What a client is told instead of proofs.

use super::queue::NoPlace;
use hyper::StatusCode;
use sero_circuits::{Part, ProveError, RequestError};

/// Why there are no proofs. Never shows a value of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token, or a wrong one.
    #[error("{0}")]
    Token(&'static str),
    /// A page in a browser asks.
    #[error("requests of web pages (with an Origin) are not answered")]
    Origin,
    /// A name that anybody can point at this machine, so perhaps a page in a browser.
    #[error("without tokens, only requests to a loopback address or to localhost are answered (Host)")]
    Host,
    /// No such thing.
    #[error("there is POST /prove, GET /status, /health and /metrics, and nothing else")]
    Path,
    /// The thing is asked for in another way.
    #[error("this wants {0}")]
    Method(&'static str),
    /// Something else than a request.
    #[error("the Content-Type must be application/octet-stream")]
    Type,
    /// Longer than allowed.
    #[error("the request has more than {0} bytes")]
    Size(usize),
    /// The body does not come.
    #[error("the request did not arrive whole within {0} seconds")]
    Slow(u64),
    /// The body broke off.
    #[error("the request broke off")]
    Broken,
    /// No request by its form.
    #[error("the request {0}")]
    Request(RequestError),
    /// For another chain's keys.
    #[error("the request is for other proving keys than this service has")]
    Keys,
    /// A statement that does not hold.
    #[error("{part}: {error}")]
    Witness {
        /// Which.
        part: Part,
        /// Why.
        error: ProveError,
    },
    /// No place.
    #[error("all {places} places {whose}are taken")]
    Busy {
        /// How many there are.
        places: usize,
        /// Everybody's, or this client's.
        whose: &'static str,
        /// How long to wait.
        seconds: u64,
    },
    /// It ends.
    #[error("the service is stopping")]
    Stopping,
    /// Not done in time.
    #[error("not finished within {0} seconds")]
    Timeout(u64),
    /// The service is out of order.
    #[error("the service failed; its log says why")]
    Fault,
}

impl Refusal {
    /// All names of reasons.
    pub const CODES: [&str; 16] = [
        "token", "origin", "path", "method", "type", "size", "slow", "broken", "request", "keys", "witness",
        "busy", "stopping", "timeout", "fault", "host",
    ];

    /// Its place in [`Self::CODES`].
    pub fn number(&self) -> usize {
        match self {
            Self::Token(_) => 0,
            Self::Origin => 1,
            Self::Path => 2,
            Self::Method(_) => 3,
            Self::Type => 4,
            Self::Size(_) => 5,
            Self::Slow(_) => 6,
            Self::Broken => 7,
            Self::Request(_) => 8,
            Self::Keys => 9,
            Self::Witness { .. } => 10,
            Self::Busy { .. } => 11,
            Self::Stopping => 12,
            Self::Timeout(_) => 13,
            Self::Fault => 14,
            Self::Host => 15,
        }
    }

    /// Its name.
    pub fn code(&self) -> &'static str {
        Self::CODES[self.number()]
    }

    /// In HTTP.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::Origin | Self::Host => StatusCode::FORBIDDEN,
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Type => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Size(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::Keys => StatusCode::CONFLICT,
            Self::Witness { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Stopping | Self::Timeout(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds to wait, where that helps.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Busy { seconds, .. } => Some(*seconds),
            _ => None,
        }
    }
}

impl From<NoPlace> for Refusal {
    fn from(reason: NoPlace) -> Self {
        match reason {
            NoPlace::Full { places, seconds } => Self::Busy { places, whose: "", seconds },
            NoPlace::Share { places, seconds } => Self::Busy { places, whose: "of this token ", seconds },
            NoPlace::Stopping => Self::Stopping,
        }
    }
}
