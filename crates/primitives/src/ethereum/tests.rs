use super::{EthereumGenesis, EthereumGenesisError, Fork, ForkSchedule, ForkScheduleError};
use alloy_genesis::ChainConfig;

fn config() -> ChainConfig {
    ChainConfig {
        chain_id: 7,
        homestead_block: Some(2),
        eip150_block: Some(4),
        eip158_block: Some(4),
        london_block: Some(6),
        merge_netsplit_block: Some(8),
        shanghai_time: Some(100),
        cancun_time: Some(200),
        ..Default::default()
    }
}

#[test]
fn a_fork_begins_at_its_block_or_time_and_lasts() {
    let forks = ForkSchedule::new(&config()).unwrap();
    let expected = [
        (0, 0, Fork::Frontier),
        (1, 0, Fork::Frontier),
        (2, 0, Fork::Homestead),
        (4, 0, Fork::SpuriousDragon),
        (5, 99, Fork::SpuriousDragon),
        (6, 99, Fork::London),
        (8, 99, Fork::Paris),
        (9, 100, Fork::Shanghai),
        (9, 199, Fork::Shanghai),
        (9, 200, Fork::Cancun),
        (9, u64::MAX, Fork::Cancun),
    ];
    for (number, time, fork) in expected {
        assert_eq!(forks.at(number, time), fork, "block {number} at {time}");
    }
    assert!(forks.blobs(199).is_none());
    assert_eq!(forks.blobs(200).unwrap().max_blob_count, 6);
    let (blocks, times) = forks.changes();
    assert_eq!(blocks.into_iter().collect::<Vec<_>>(), [2, 4, 6, 8]);
    assert_eq!(times.into_iter().collect::<Vec<_>>(), [100, 200]);
}

#[test]
fn every_fork_from_the_start_is_that_fork() {
    for fork in Fork::ALL {
        assert_eq!(ForkSchedule::fixed(fork).at(0, 0), fork);
        assert_eq!(ForkSchedule::fixed(fork).blobs(0).is_some(), fork >= Fork::Cancun);
    }
}

#[test]
fn forks_out_of_order_and_unknown_forks_are_refused() {
    let late = ChainConfig { homestead_block: Some(5), ..config() };
    let order = ForkScheduleError::Order { earlier: Fork::Homestead, later: Fork::TangerineWhistle };
    assert_eq!(ForkSchedule::new(&late), Err(order));
    let late = ChainConfig { shanghai_time: Some(201), ..config() };
    let order = ForkScheduleError::Order { earlier: Fork::Shanghai, later: Fork::Cancun };
    assert_eq!(ForkSchedule::new(&late), Err(order));
    let dao = ChainConfig { dao_fork_block: Some(1), dao_fork_support: true, ..config() };
    assert_eq!(ForkSchedule::new(&dao), Err(ForkScheduleError::Unknown("daoForkBlock")));
    let ahead = ChainConfig { amsterdam_time: Some(900), ..config() };
    assert_eq!(ForkSchedule::new(&ahead), Err(ForkScheduleError::Unknown("amsterdamTime")));
}

#[test]
fn a_genesis_file_names_what_is_wrong_with_it() {
    let refused = |json: &str| EthereumGenesis::from_json(json).unwrap_err();
    assert!(matches!(refused("{"), EthereumGenesisError::Json(_)));
    let number = r#"{"config":{"chainId":1},"gasLimit":"0x1","difficulty":"0x1","alloc":{},"number":"0x5"}"#;
    assert_eq!(refused(number).to_string(), "genesis: number is 5, must be 0");
}

#[test]
fn optional_header_fields_follow_the_fork() {
    for fork in [Fork::Frontier, Fork::London, Fork::Shanghai, Fork::Cancun, Fork::Prague] {
        let mut config = ChainConfig::default();
        let start = Some(0);
        if fork >= Fork::London {
            config.london_block = start;
        }
        if fork >= Fork::Shanghai {
            config.shanghai_time = start;
        }
        if fork >= Fork::Cancun {
            config.cancun_time = start;
        }
        if fork >= Fork::Prague {
            config.prague_time = start;
        }
        let file = alloy_genesis::Genesis { config, ..Default::default() };
        let header = EthereumGenesis::new(file).unwrap().header();
        assert_eq!(header.base_fee_per_gas.is_some(), fork >= Fork::London);
        assert_eq!(header.withdrawals_root.is_some(), fork >= Fork::Shanghai);
        assert_eq!(header.excess_blob_gas.is_some(), fork >= Fork::Cancun);
        assert_eq!(header.requests_hash.is_some(), fork >= Fork::Prague);
    }
}
