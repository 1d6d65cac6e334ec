// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";

/// @title Vesting, OpenZeppelin's vesting wallet, as it comes
/// @notice Nothing here knows of the privacy precompiles: the token is an ERC-20 facade.
contract Vesting is VestingWallet {
    constructor(address beneficiary, uint64 start_, uint64 duration_) VestingWallet(beneficiary, start_, duration_) {}
}
