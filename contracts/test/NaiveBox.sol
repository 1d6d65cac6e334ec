// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IPool} from "../src/interfaces/IPool.sol";
import {Sero} from "../src/Sero.sol";

/// @title NaiveBox, how not to do it
/// @notice Carries bundles and credits the caller. It ignores the context: whoever copies a pending call
/// is credited with another's money. Here for the tests that show it; `src/examples/Relay.sol` is right.
contract NaiveBox {
    mapping(address holder => mapping(uint256 asset => uint256 amount)) public credit;

    function deposit(bytes calldata bundle, uint64 expiry) external {
        IPool.PublicFlow[] memory flows = Sero.POOL.transact(bundle, bytes32(0), expiry);
        for (uint256 i = 0; i < flows.length; i++) {
            if (!flows[i].inward) credit[msg.sender][flows[i].asset] += flows[i].amount;
        }
    }

    function withdraw(uint256 asset) external {
        uint256 amount = credit[msg.sender][asset];
        credit[msg.sender][asset] = 0;
        Sero.pay(msg.sender, asset, amount);
    }
}
