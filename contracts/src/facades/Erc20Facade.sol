// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IErc20Facade} from "../interfaces/IErc20Facade.sol";
import {Sero} from "../Sero.sol";

/// @title Erc20Facade, a token of ASSETS as ERC-20
/// @notice ASSETS puts this runtime code at `facadeOf(token)` when the token is registered; nobody
/// deploys it. It keeps nothing but the id and decides nothing: ASSETS moves, and logs. Its only
/// power is to say who called it, by a plain call from its own address, which no other code has.
contract Erc20Facade is IErc20Facade {
    /// @dev Slot 0; ASSETS writes it, once.
    uint256 public asset;

    function transfer(address to, uint256 value) external returns (bool) {
        Sero.ASSETS.facadeTransfer(asset, msg.sender, msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        Sero.ASSETS.facadeTransfer(asset, msg.sender, from, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        Sero.ASSETS.facadeApprove(asset, msg.sender, spender, value);
        return true;
    }

    function balanceOf(address account) external view returns (uint256) {
        if (account == address(Sero.POOL)) return Sero.POOL.hidden(asset);
        return Sero.ASSETS.balanceOf(account, asset);
    }

    function allowance(address owner, address spender) external view returns (uint256) {
        if (Sero.ASSETS.isOperator(owner, spender)) return type(uint256).max;
        return Sero.ASSETS.allowance(owner, spender, asset);
    }

    function totalSupply() external view returns (uint256 issued) {
        (issued,,) = Sero.ASSETS.supply(asset);
    }

    function name() external view returns (string memory) {
        return Sero.ASSETS.name(asset);
    }

    function symbol() external view returns (string memory) {
        return Sero.ASSETS.symbol(asset);
    }

    function decimals() external view returns (uint8) {
        return Sero.ASSETS.decimals(asset);
    }
}
