// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PrivateToken} from "../src/examples/PrivateToken.sol";
import {Relay} from "../src/examples/Relay.sol";
import {IPool} from "../src/interfaces/IPool.sol";
import {Sero} from "../src/Sero.sol";
import {NaiveBox} from "./NaiveBox.sol";
import {Precompiles} from "./Precompiles.sol";
import {VM} from "./Vm.sol";

contract RelayTest is Precompiles {
    address private constant CARRIER = address(0xCA);
    address private constant THIEF = address(0xBAD);
    uint64 private constant EXPIRY = 100;
    string private constant NOT_SIGNED = "spends[0].auth_sig: signature does not verify";

    Relay private _relay;
    uint256 private _asset;

    function setUp() public {
        etchPrecompiles();
        _relay = new Relay();
        PrivateToken money = new PrivateToken{value: FEE}("Money", 2);
        _asset = money.asset();
        money.mintTo(pkr(1), 1000, "");
    }

    function testFuzz_beneficiary_and_relayer_share_whatever_sender_carries(address sender, uint128 amount, uint128 fee)
        public
    {
        amount = 1 + amount % 1000;
        fee = fee % amount;
        bytes memory bundle = _bundle(_asset, false, amount, _context(amount, fee), 1);
        VM.prank(sender);
        _relay.unshield(bundle, EXPIRY, ALICE, _asset, amount, CARRIER, fee);
        VM.assertEq(ASSETS.balanceOf(ALICE, _asset), amount - fee, "beneficiary");
        VM.assertEq(ASSETS.balanceOf(CARRIER, _asset), fee, "relayer");
        assertSupply(_asset, amount, 1000 - amount);
        VM.expectRevert(abi.encodeWithSelector(IPool.NullifierAlreadySpent.selector, bytes32(uint256(1))));
        _relay.unshield(bundle, EXPIRY, ALICE, _asset, amount, CARRIER, fee);
    }

    function test_a_copy_with_other_names_or_amounts_is_refused() public {
        bytes memory bundle = _bundle(_asset, false, 500, _context(500, 20), 1);
        Relay twin = new Relay();
        bytes memory refusal = abi.encodeWithSelector(IPool.InvalidBundle.selector, NOT_SIGNED);
        VM.expectRevert(refusal);
        _relay.unshield(bundle, EXPIRY, THIEF, _asset, 500, CARRIER, 20);
        VM.expectRevert(refusal);
        _relay.unshield(bundle, EXPIRY, ALICE, _asset, 500, THIEF, 20);
        VM.expectRevert(refusal);
        _relay.unshield(bundle, EXPIRY, ALICE, _asset, 500, CARRIER, 499);
        VM.expectRevert(refusal);
        twin.unshield(bundle, EXPIRY, ALICE, _asset, 500, CARRIER, 20);
    }

    function test_names_and_fees_that_make_no_sense_are_refused() public {
        VM.expectRevert(abi.encodeWithSelector(Relay.FeeTooHigh.selector, 500, 500));
        _relay.unshield("", EXPIRY, ALICE, _asset, 500, CARRIER, 500);
        VM.expectRevert(abi.encodeWithSelector(Relay.NobodyNamed.selector));
        _relay.unshield("", EXPIRY, address(0), _asset, 500, CARRIER, 20);
        VM.expectRevert(abi.encodeWithSelector(Relay.NobodyNamed.selector));
        _relay.unshield("", EXPIRY, ALICE, _asset, 500, address(0), 20);
    }

    function test_a_bundle_that_moves_something_else_is_refused() public {
        bytes memory bundle = _bundle(_asset, false, 499, _context(500, 20), 1);
        IPool.PublicFlow[] memory flows = new IPool.PublicFlow[](1);
        flows[0] = IPool.PublicFlow(_asset, false, 499);
        VM.expectRevert(abi.encodeWithSelector(Sero.WrongFlows.selector, _asset, false, 500, flows));
        _relay.unshield(bundle, EXPIRY, ALICE, _asset, 500, CARRIER, 20);
        VM.assertTrue(!POOL.isSpent(0, bytes32(uint256(1))), "and stays alive");
    }

    function test_a_bill_is_paid_once_in_the_name_it_was_made_out_to() public {
        bytes memory bundle = _bundle(Sero.COIN, true, 3 ether, _relay.settleContext(ALICE, 3 ether), 1);
        VM.expectRevert(abi.encodeWithSelector(IPool.WrongValue.selector, 3 ether, 2 ether));
        _relay.settle{value: 2 ether}(bundle, EXPIRY, ALICE);
        VM.expectRevert(abi.encodeWithSelector(IPool.InvalidBundle.selector, NOT_SIGNED));
        _relay.settle{value: 3 ether}(bundle, EXPIRY, THIEF);
        _relay.settle{value: 3 ether}(bundle, EXPIRY, ALICE);
        VM.assertEq(_relay.payerOf(keccak256(bundle)), ALICE, "payer");
        VM.assertEq(POOL.hidden(Sero.COIN), 3 ether, "hidden");
        VM.expectRevert(abi.encodeWithSelector(IPool.NullifierAlreadySpent.selector, bytes32(uint256(1))));
        _relay.settle{value: 3 ether}(bundle, EXPIRY, ALICE);
    }

    function test_the_naive_box_credits_whoever_comes_first() public {
        NaiveBox box = new NaiveBox();
        bytes memory bundle = _carried(address(box), _asset, false, 500, bytes32(0), 1);
        VM.prank(THIEF);
        box.deposit(bundle, EXPIRY);
        VM.assertEq(box.credit(THIEF, _asset), 500, "another's money");
    }

    function _context(uint256 amount, uint256 fee) private view returns (bytes32) {
        return _relay.unshieldContext(ALICE, _asset, amount, CARRIER, fee);
    }

    function _bundle(uint256 asset, bool inward, uint256 amount, bytes32 context, uint256 nullifier)
        private
        returns (bytes memory)
    {
        return _carried(address(_relay), asset, inward, amount, context, nullifier);
    }

    function _carried(address caller, uint256 asset, bool inward, uint256 amount, bytes32 context, uint256 nullifier)
        private
        returns (bytes memory)
    {
        return signedBundle(caller, context, EXPIRY, nullifier, asset, inward, amount);
    }
}
