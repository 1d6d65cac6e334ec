// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {SeroModel} from "sero/testing/SeroModel.sol";
import {TicketShop} from "../src/TicketShop.sol";
import {Token} from "../src/Token.sol";
import {vm} from "../test/Vm.sol";

/// @notice Deploys a token and a shop that is paid in it: `npm run deploy`; tools/deploy.sh says with what.
contract Deploy {
    uint256 private constant FEE = 1 ether;
    uint256 private constant PRICE = 25;

    function run() external returns (Token token, TicketShop shop) {
        // forge runs this by itself before it sends anything, and its EVM has no precompiles.
        SeroModel.install();
        vm.startBroadcast();
        token = new Token{value: FEE}(vm.envOr("TOKEN", string("GOLD")), 0);
        shop = new TicketShop{value: FEE}(vm.envOr("SHOW", string("Show")), token.asset(), PRICE);
        bytes memory receiver = vm.envOr("PKR", bytes(""));
        if (receiver.length > 0) token.mintPrivate(receiver, 1000, "welcome");
        vm.stopBroadcast();
    }
}
