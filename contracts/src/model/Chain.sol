// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// @title Chain, where everything is: the precompiles, and what the models need besides
library Chain {
    address internal constant ASSETS = 0x0000000000000000000000000000000000005301;
    address internal constant POOL = 0x0000000000000000000000000000000000005302;
    address internal constant PACKAGES = 0x0000000000000000000000000000000000005303;
    address internal constant ZKP = 0x0000000000000000000000000000000000005304;

    /// @notice Where the code lies that ASSETS copies to every facade's address.
    address internal constant ERC20_TEMPLATE = address(uint160(uint256(keccak256("SERO.model.erc20"))));
    address internal constant ERC721_TEMPLATE = address(uint160(uint256(keccak256("SERO.model.erc721"))));

    /// @notice Where Foundry listens for cheat codes. It has code there, and nobody else has.
    address internal constant CHEATS = 0x7109709ECfa91a80626fF3989D68f67F5b1DD12D;

    uint256 internal constant COIN = 0x15e88f3c30a7333503b3e30d01e9ccaa64993cdbaded5e29cdbfbe56bf14e8e9;

    function isPrecompile(address account) internal pure returns (bool) {
        return account >= ASSETS && account <= ZKP;
    }
}
