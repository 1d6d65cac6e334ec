// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IPool} from "../src/interfaces/IPool.sol";
import {Sero} from "../src/Sero.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

contract SeroLibraryTest is Precompiles {
    function setUp() public {
        etchPrecompiles();
    }

    function test_the_coin_travels_as_value() public {
        setRefund(ALICE, pkr(1));
        VM.assertEq(Sero.shield(pkr(2), Sero.COIN, 3 ether, ""), 0, "position");
        VM.assertTrue(Sero.pay(ALICE, Sero.COIN, 2 ether), "hidden");
        VM.assertEq(address(POOL).balance, 5 ether, "value");
        VM.assertEq(POOL.hidden(Sero.COIN), 5 ether, "hidden supply");
    }

    function test_another_asset_travels_without_value() public {
        uint256 asset = ASSETS.registerToken{value: FEE}("Gold", 6);
        ASSETS.mint(asset, address(this), 5);
        Sero.shield(pkr(2), asset, 3, "");
        VM.assertTrue(!Sero.pay(ALICE, asset, 2), "public");
        VM.assertEq(address(POOL).balance, 0, "value");
        assertSupply(asset, 2, 3);
    }

    function test_the_pool_refuses_value_of_another_amount() public {
        VM.expectRevert(abi.encodeWithSelector(IPool.WrongValue.selector, 2, 1));
        POOL.shield{value: 1}(pkr(1), Sero.COIN, 2, "");
    }

    function test_the_context_names_beneficiary_action_and_args() public pure {
        bytes32 context = Sero.contextOf(ALICE, bytes32(uint256(1)), "x");
        VM.assertTrue(context == keccak256(abi.encode(ALICE, bytes32(uint256(1)), bytes("x"))), "as documented");
        VM.assertTrue(context != Sero.contextOf(BOB, bytes32(uint256(1)), "x"), "beneficiary");
        VM.assertTrue(context != Sero.contextOf(ALICE, bytes32(uint256(2)), "x"), "action");
        VM.assertTrue(context != Sero.contextOf(ALICE, bytes32(uint256(1)), "y"), "args");
    }

    function test_a_package_of_this_contract() public {
        bytes32 id = closePackage(ALICE, "key", Sero.COIN, 0, "a letter");
        VM.assertEq(Sero.packageOwner(id), ALICE, "owner");
        VM.assertTrue(!Sero.holdsPackage(id), "not here");
        VM.prank(ALICE);
        PACKAGES.transfer(id, address(this));
        VM.assertTrue(Sero.holdsPackage(id), "here");
        (,, bytes memory data) = Sero.openPackage(id, "key");
        VM.assertTrue(keccak256(data) == keccak256("a letter"), "read");
        VM.assertTrue(!Sero.holdsPackage(id), "opened");
        VM.assertEq(Sero.packageOwner(id), address(this), "kept");
    }
}
