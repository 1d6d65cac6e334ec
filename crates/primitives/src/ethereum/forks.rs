//! Ethereum's hard forks, and when they begin on a chain.

use alloy_eips::eip7840::BlobParams;
use alloy_genesis::ChainConfig;
use alloy_primitives::Address;
use std::collections::BTreeSet;

/// Ethereum's rules, oldest first. Forks that only change blob parameters are [`Osaka`](Fork::Osaka) with other
/// [`ForkSchedule::blobs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are Ethereum's")]
pub enum Fork {
    Frontier,
    Homestead,
    TangerineWhistle,
    SpuriousDragon,
    Byzantium,
    Constantinople,
    Petersburg,
    Istanbul,
    MuirGlacier,
    Berlin,
    London,
    ArrowGlacier,
    GrayGlacier,
    Paris,
    Shanghai,
    Cancun,
    Prague,
    Osaka,
}

impl Fork {
    /// All, oldest first.
    pub const ALL: [Self; 18] = [
        Self::Frontier,
        Self::Homestead,
        Self::TangerineWhistle,
        Self::SpuriousDragon,
        Self::Byzantium,
        Self::Constantinople,
        Self::Petersburg,
        Self::Istanbul,
        Self::MuirGlacier,
        Self::Berlin,
        Self::London,
        Self::ArrowGlacier,
        Self::GrayGlacier,
        Self::Paris,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
    ];
}

/// When a fork begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Block(u64),
    Time(u64),
}

/// When Ethereum's forks begin on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkSchedule {
    /// Oldest first; Frontier is not in it.
    starts: Vec<(Fork, Start)>,
    /// By time, earliest first.
    blobs: Vec<(u64, BlobParams)>,
    /// Contract whose logs are deposits (EIP-6110).
    pub deposit_contract: Address,
}

/// Why a fork configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkScheduleError {
    /// A fork begins before one that it builds on.
    #[error("config: {later:?} begins before {earlier:?}")]
    Order {
        /// What must come first.
        earlier: Fork,
        /// What came first.
        later: Fork,
    },
    /// Rules that this node does not have.
    #[error("config.{0}: this node does not know the rules of this fork")]
    Unknown(&'static str),
}

/// Where mainnet's deposits are made (EIP-6110).
const MAINNET_DEPOSIT_CONTRACT: Address =
    alloy_primitives::address!("0x00000000219ab540356cBB839Cbe05303d7705Fa");

impl ForkSchedule {
    /// One fork from block 0 on, with Ethereum's blob parameters for it.
    pub fn fixed(fork: Fork) -> Self {
        let starts = Fork::ALL.into_iter().skip(1).take_while(|one| *one <= fork);
        let blobs = [
            (Fork::Cancun, BlobParams::cancun()),
            (Fork::Prague, BlobParams::prague()),
            (Fork::Osaka, BlobParams::osaka()),
        ];
        Self {
            starts: starts.map(|fork| (fork, Start::Block(0))).collect(),
            blobs: blobs.into_iter().filter(|(from, _)| *from <= fork).map(|(_, blobs)| (0, blobs)).collect(),
            deposit_contract: MAINNET_DEPOSIT_CONTRACT,
        }
    }

    /// From the `config` of a genesis file. Without `mergeNetsplitBlock`, the merge is at block 0 if the terminal total difficulty is
    /// 0, and else where the first fork with a time is.
    pub fn new(config: &ChainConfig) -> Result<Self, ForkScheduleError> {
        if config.dao_fork_support && config.dao_fork_block.is_some() {
            return Err(ForkScheduleError::Unknown("daoForkBlock"));
        }
        for (start, name) in [(config.amsterdam_time, "amsterdamTime"), (config.bogota_time, "bogotaTime")] {
            if start.is_some() {
                return Err(ForkScheduleError::Unknown(name));
            }
        }
        let merged = config.terminal_total_difficulty.is_some_and(|total| total.is_zero());
        let by_block = [
            (Fork::Homestead, config.homestead_block),
            (Fork::TangerineWhistle, config.eip150_block),
            (Fork::SpuriousDragon, config.eip158_block.or(config.eip155_block)),
            (Fork::Byzantium, config.byzantium_block),
            (Fork::Constantinople, config.constantinople_block),
            (Fork::Petersburg, config.petersburg_block.or(config.constantinople_block)),
            (Fork::Istanbul, config.istanbul_block),
            (Fork::MuirGlacier, config.muir_glacier_block),
            (Fork::Berlin, config.berlin_block),
            (Fork::London, config.london_block),
            (Fork::ArrowGlacier, config.arrow_glacier_block),
            (Fork::GrayGlacier, config.gray_glacier_block),
            (Fork::Paris, config.merge_netsplit_block.or(merged.then_some(0))),
        ];
        let by_time = [
            (Fork::Shanghai, config.shanghai_time),
            (Fork::Cancun, config.cancun_time),
            (Fork::Prague, config.prague_time),
            (Fork::Osaka, config.osaka_time),
        ];
        let blocks = by_block.into_iter().filter_map(|(fork, at)| Some((fork, Start::Block(at?))));
        let times = by_time.into_iter().filter_map(|(fork, at)| Some((fork, Start::Time(at?))));
        let starts: Vec<_> = blocks.chain(times).collect();
        for pair in starts.windows(2) {
            let late = match (pair[0].1, pair[1].1) {
                (Start::Block(earlier), Start::Block(later)) => later < earlier,
                (Start::Time(earlier), Start::Time(later)) => later < earlier,
                _ => false,
            };
            if late {
                return Err(ForkScheduleError::Order { earlier: pair[0].0, later: pair[1].0 });
            }
        }
        let known = config.blob_schedule_blob_params();
        let fixed = [
            (config.cancun_time, known.cancun),
            (config.prague_time, known.prague),
            (config.osaka_time, known.osaka),
        ];
        let mut blobs: Vec<_> = fixed.into_iter().filter_map(|(at, blobs)| Some((at?, blobs))).collect();
        blobs.extend(known.scheduled);
        // Stable: of two at one time, the later fork's hold.
        blobs.sort_by_key(|(at, _)| *at);
        let deposit_contract = config.deposit_contract_address.unwrap_or(MAINNET_DEPOSIT_CONTRACT);
        Ok(Self { starts, blobs, deposit_contract })
    }

    /// The rules of a block.
    pub fn at(&self, number: u64, timestamp: u64) -> Fork {
        let begun = |start: &Start| match *start {
            Start::Block(block) => block <= number,
            Start::Time(time) => time <= timestamp,
        };
        self.starts.iter().rev().find(|(_, start)| begun(start)).map_or(Fork::Frontier, |(fork, _)| *fork)
    }

    /// Blob parameters of a block; `None` before there were blobs.
    pub fn blobs(&self, timestamp: u64) -> Option<BlobParams> {
        self.blobs.iter().rev().find(|(at, _)| *at <= timestamp).map(|(_, blobs)| *blobs)
    }

    /// Blocks and times above 0 at which rules change, ascending (EIP-2124).
    pub fn changes(&self) -> (BTreeSet<u64>, BTreeSet<u64>) {
        let (mut blocks, mut times) = (BTreeSet::new(), BTreeSet::new());
        for (_, start) in &self.starts {
            match *start {
                Start::Block(block) => blocks.insert(block),
                Start::Time(time) => times.insert(time),
            };
        }
        times.extend(self.blobs.iter().map(|(at, _)| *at));
        blocks.remove(&0);
        times.remove(&0);
        (blocks, times)
    }
}
