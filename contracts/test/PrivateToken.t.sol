// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {PrivateToken} from "../src/examples/PrivateToken.sol";
import {IAssets} from "../src/interfaces/IAssets.sol";
import {IPool} from "../src/interfaces/IPool.sol";
import {IZkp} from "../src/interfaces/IZkp.sol";
import {Precompiles} from "./Precompiles.sol";
import {SeroZkp} from "../src/SeroZkp.sol";
import {VM} from "./Vm.sol";

contract PrivateTokenTest is Precompiles {
    PrivateToken private _token;
    uint256 private _asset;

    function setUp() public {
        etchPrecompiles();
        _token = new PrivateToken{value: FEE}("Gold", 6);
        _asset = _token.asset();
    }

    function test_registers_with_itself_as_issuer() public view {
        IAssets.AssetInfo memory info = ASSETS.assetInfo(_asset);
        VM.assertEq(info.kind, 2, "kind");
        VM.assertEq(info.issuer, address(_token), "issuer");
        VM.assertEq(info.decimals, 6, "decimals");
        VM.assertEq(ASSETS.assetByName("Gold"), _asset, "by name");
        VM.assertEq(_token.owner(), address(this), "owner");
    }

    function test_refuses_a_wrong_fee() public {
        VM.expectRevert(abi.encodeWithSelector(IAssets.WrongRegistrationFee.selector, FEE, FEE - 1));
        new PrivateToken{value: FEE - 1}("Silver", 6);
    }

    function test_refuses_a_taken_name() public {
        VM.expectRevert(abi.encodeWithSelector(IAssets.NameTaken.selector, "Gold"));
        new PrivateToken{value: FEE}("Gold", 6);
    }

    function test_mintTo_makes_a_note_and_keeps_nothing() public {
        bytes memory to = pkr(1);
        VM.expectEmit(address(POOL));
        emit IPool.PublicNote(0, _commitment(to, 70), _asset, 70, 0, to, "hello");
        uint64 position = _token.mintTo(to, 70, "hello");
        VM.assertEq(position, 0, "first position");
        VM.assertEq(_token.mintTo(pkr(2), 1, ""), 1, "second position");
        VM.assertEq(ASSETS.balanceOf(address(_token), _asset), 0, "kept");
        assertSupply(_asset, 0, 71);
    }

    function test_mintTo_refuses_a_short_pkr() public {
        VM.expectRevert(abi.encodeWithSelector(IPool.InvalidPkr.selector, "a PKr has 128 bytes, not 5"));
        _token.mintTo("short", 1, "");
    }

    function testFuzz_mints_within_bounds(uint128 hidden, uint128 inPublic) public {
        VM.assume(hidden != 0 && inPublic != 0);
        _token.mintTo(pkr(1), hidden, "");
        if (uint256(hidden) + inPublic > type(uint128).max) {
            VM.expectRevert(abi.encodeWithSelector(IAssets.SupplyOverflow.selector, _asset));
            _token.mintPublic(ALICE, inPublic);
        } else {
            _token.mintPublic(ALICE, inPublic);
            VM.assertEq(ASSETS.balanceOf(ALICE, _asset), inPublic, "balance");
            assertSupply(_asset, inPublic, hidden);
        }
    }

    function test_burns_only_what_it_holds() public {
        _token.mintPublic(address(_token), 10);
        _token.burn(4);
        assertSupply(_asset, 6, 0);
        VM.expectRevert(abi.encodeWithSelector(IAssets.InsufficientBalance.selector, address(_token), _asset, 6, 7));
        _token.burn(7);
    }

    /// @dev docs/spec/04-notes.md
    function _commitment(bytes memory to, uint256 amount) private view returns (bytes32) {
        (uint256 owner,,,) = abi.decode(to, (uint256, bytes32, bytes32, bytes32));
        IZkp.Point memory generator = SeroZkp.ZKP.assetGenerator(_asset);
        uint256[] memory inputs = new uint256[](5);
        (inputs[0], inputs[1], inputs[2], inputs[3]) = (owner, generator.x, generator.y, amount);
        return bytes32(SeroZkp.ZKP.poseidonTagged(4, inputs));
    }

    function test_only_the_owner_issues_and_burns() public {
        bytes memory refusal = abi.encodeWithSelector(PrivateToken.NotOwner.selector, ALICE);
        VM.prank(ALICE);
        VM.expectRevert(refusal);
        _token.mintTo(pkr(1), 1, "");
        VM.prank(ALICE);
        VM.expectRevert(refusal);
        _token.mintPublic(ALICE, 1);
        VM.prank(ALICE);
        VM.expectRevert(refusal);
        _token.burn(1);
    }
}
