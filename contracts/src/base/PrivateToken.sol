// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Sero} from "../Sero.sol";

/// @title PrivateToken, to inherit: a contract that issues a token of its own
/// @notice Registers the token; holders and payments can be hidden, and nothing is to be done for it. It keeps no
/// balances: the ledger is ASSETS, the notes are in POOL, and wallets that know ERC-20 find the token at `erc20()`.
/// Who may issue and burn is for the inheriting contract to say: all that moves is internal here.
abstract contract PrivateToken {
    /// @notice The asset id of the token.
    uint256 public immutable asset;

    /// @notice Registers the token; `msg.value` is the registration fee, exactly.
    /// @param name unique on the chain for ever, 1 to 32 bytes
    /// @param decimals at most 36
    constructor(string memory name, uint8 decimals) payable {
        asset = Sero.ASSETS.registerToken{value: msg.value}(name, decimals);
    }

    /// @notice Where the token answers as ERC-20.
    function erc20() public view returns (address) {
        return Sero.ASSETS.facadeOf(asset);
    }

    /// @dev Issues `amount` in the public balance of `to`.
    function _mint(address to, uint256 amount) internal {
        Sero.ASSETS.mint(asset, to, amount);
    }

    /// @dev Issues `amount` as a note to a one-time address: everybody sees the amount, nobody whose it is.
    /// @param pkr 128 bytes, used once
    /// @param memo at most 64 bytes, public
    /// @return position of the new note
    function _mintHidden(bytes memory pkr, uint256 amount, bytes memory memo) internal returns (uint64 position) {
        Sero.ASSETS.mint(asset, address(this), amount);
        return Sero.shield(pkr, asset, amount, memo);
    }

    /// @dev Issues `amount` to a caller of this or an earlier transaction: as a note if there is a refund `pkr`, else in
    /// public.
    /// @return hidden whether a note was made
    function _mintAndPay(address payee, uint256 amount) internal returns (bool hidden) {
        Sero.ASSETS.mint(asset, address(this), amount);
        return Sero.pay(payee, asset, amount);
    }

    /// @dev Destroys `amount` of what this contract holds.
    function _burn(uint256 amount) internal {
        Sero.ASSETS.burn(asset, amount);
    }
}
