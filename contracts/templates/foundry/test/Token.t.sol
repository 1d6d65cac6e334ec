// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IAssets} from "sero/interfaces/IAssets.sol";
import {IErc20Facade} from "sero/interfaces/IErc20Facade.sol";
import {IPool} from "sero/interfaces/IPool.sol";
import {SeroTest} from "sero/testing/SeroTest.sol";
import {TestWallet} from "sero/testing/TestWallet.sol";
import {Token} from "../src/Token.sol";
import {vm} from "./Vm.sol";

contract TokenTest is SeroTest {
    Token private token;
    uint256 private gold;

    function setUp() public {
        installSero();
        token = new Token{value: REGISTRATION_FEE}("GOLD", 6);
        gold = token.asset();
    }

    function test_is_registered_and_answers_as_erc20() public view {
        vm.assertEq(ASSETS.assetInfo(gold).issuer, address(token));
        IErc20Facade erc20 = IErc20Facade(ASSETS.facadeOf(gold));
        vm.assertEq(erc20.decimals(), 6);
        vm.assertEq(erc20.totalSupply(), 0);
    }

    function test_is_issued_in_private() public {
        TestWallet alice = wallet("alice");
        token.mintPrivate(alice.pkr(), 70, "first");
        sync();
        vm.assertEq(alice.balance(gold), 70);
        assertSupply(gold, 0, 70);
        // An issue is public, up to whose it is.
        assertSeen(70);
        assertUnseen(address(alice));
    }

    function testFuzz_issues_what_a_ledger_can_hold(uint256 amount) public {
        if (amount == 0 || amount >= 1 << 128) {
            vm.expectRevert(abi.encodeWithSelector(IAssets.InvalidAmount.selector, amount));
        }
        token.mintPublic(address(this), amount);
    }

    function test_a_bad_one_time_address_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IPool.InvalidPkr.selector, "a PKr has 128 bytes, not 5"));
        token.mintPrivate("short", 1, "");
    }

    function test_a_name_is_given_once() public {
        vm.expectRevert(abi.encodeWithSelector(IAssets.NameTaken.selector, "GOLD"));
        new Token{value: REGISTRATION_FEE}("GOLD", 6);
    }

    function test_only_the_owner_issues() public {
        vm.prank(address(0xB0B));
        vm.expectRevert(abi.encodeWithSelector(Token.NotOwner.selector, address(0xB0B)));
        token.mintPublic(address(this), 1);
    }
}
