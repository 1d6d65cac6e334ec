// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// @title Vault, OpenZeppelin's ERC-4626 vault, as it comes
/// @notice Nothing here knows of the privacy precompiles: the asset is a token's ERC-20 facade.
contract Vault is ERC4626 {
    constructor(IERC20 asset_) ERC20("Vault share", "vSHARE") ERC4626(asset_) {}
}
