// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {IZkp} from "../src/interfaces/IZkp.sol";
import {Precompiles} from "./Precompiles.sol";
import {SeroZkp} from "../src/SeroZkp.sol";
import {VM} from "./Vm.sol";

/// @notice The library over the model, on a stock EVM. The precompile itself is tested in
/// crates/execution/tests/it/zkp.rs.
contract SeroZkpTest is Precompiles {
    /// @dev `G_auth` of docs/spec/vectors/map.json.
    uint256 private constant X = 0x2c4d28cf0a98298c74102d466a895b1b7899f65640cca5c6ce012b4a5fe0dc63;
    uint256 private constant Y = 0x17add08941df7cc287be994ef8ef74f51e7433b996b0a555d608899ccad9a539;

    function setUp() public {
        etchPrecompiles();
    }

    function test_poseidon_of_two() public pure {
        uint256 expected = 7853200120776062878684798364095072458815029376092732009249414926327459813530;
        VM.assertEq(SeroZkp.poseidon(1, 2), expected, "circomlib's value");
    }

    function test_points_of_the_curve() public pure {
        VM.assertTrue(SeroZkp.isOnCurve(IZkp.Point(X, Y)), "generator");
        VM.assertTrue(SeroZkp.isOnCurve(IZkp.Point(0, 1)), "identity");
        VM.assertTrue(SeroZkp.isOnCurve(IZkp.Point(0, SeroZkp.R - 1)), "order 2");
        VM.assertTrue(!SeroZkp.isOnCurve(IZkp.Point(X, Y + 1)), "off the curve");
        VM.assertTrue(!SeroZkp.isOnCurve(IZkp.Point(0, 0)), "zeros");
        VM.assertTrue(!SeroZkp.isOnCurve(IZkp.Point(X + SeroZkp.R, Y)), "x + r");
        VM.assertTrue(!SeroZkp.isOnCurve(IZkp.Point(X, Y + SeroZkp.R)), "y + r");
    }

    function test_negation_and_difference() public pure {
        IZkp.Point memory point = IZkp.Point(X, Y);
        _assertEq(SeroZkp.subtract(point, point), IZkp.Point(0, 1));
        _assertEq(SeroZkp.negate(IZkp.Point(0, 1)), IZkp.Point(0, 1));
        _assertEq(SeroZkp.negate(SeroZkp.negate(point)), point);
        _assertEq(SeroZkp.negate(point), SeroZkp.ZKP.multiplyPoint(point, SeroZkp.L - 1));
    }

    function test_difference_refuses_a_second_way_to_write_a_point() public {
        VM.expectRevert(abi.encodeWithSelector(IZkp.NotBelowModulus.selector, "b.x", 0, X + SeroZkp.R));
        this.subtract(IZkp.Point(X, Y), IZkp.Point(X + SeroZkp.R, Y));
    }

    function subtract(IZkp.Point calldata a, IZkp.Point calldata b) external pure returns (IZkp.Point memory) {
        return SeroZkp.subtract(a, b);
    }

    /// @notice `(m + n) G = m G + n G` and `l G` is the identity.
    function testFuzz_multiplication_is_repeated_addition(uint128 m, uint128 n) public pure {
        IZkp.Point memory g = IZkp.Point(X, Y);
        IZkp.Point memory sum = SeroZkp.ZKP.multiplyPoint(g, uint256(m) + n);
        _assertEq(sum, SeroZkp.ZKP.addPoints(SeroZkp.ZKP.multiplyPoint(g, m), SeroZkp.ZKP.multiplyPoint(g, n)));
        IZkp.Point memory last = SeroZkp.ZKP.multiplyPoint(g, SeroZkp.L - 1);
        _assertEq(SeroZkp.ZKP.addPoints(last, g), IZkp.Point(0, 1));
    }

    /// @notice A key and a proof of points that are right, and an equation that is not.
    function test_requireGroth16_reverts_for_false() public {
        bytes memory g1 = abi.encode(uint256(1), uint256(2));
        bytes memory g2 = abi.encode(
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa
        );
        bytes memory twice = abi.encode(
            0x203e205db4f19b37b60121b83a7333706db86431c6d835849957ed8c3928ad79,
            0x27dc7234fd11d3e8c36c59277c3e6f149d5cd3cfa9a62aee49f8130962b4b3b9,
            0x195e8aa5b7827463722b8c153931579d3505566b4edf48d498e185f0509de152,
            0x04bb53b8977e5f92a0bc372742c4830944a59b4fe6b1c0466e2a6dad122b5d2e
        );
        bytes memory thrice = abi.encode(
            0x1014772f57bb9742735191cd5dcfe4ebbc04156b6878a0a7c9824f32ffb66e85,
            0x06064e784db10e9051e52826e192715e8d7e478cb09a5e0012defa0694fbc7f5,
            0x021e2335f3354bb7922ffcc2f38d3323dd9453ac49b55441452aeaca147711b2,
            0x058e1d5681b5b9e0074b0f9c8d2c68a069b920d74521e79765036d57666c5597
        );
        bytes memory key = bytes.concat(g1, g2, twice, thrice, g1);
        VM.expectRevert(abi.encodeWithSelector(SeroZkp.ProofRefused.selector));
        this.requireGroth16(key, new uint256[](0), bytes.concat(g1, g2, g1));
    }

    function test_requireGroth16_refuses_a_key_of_which_everybody_has_proofs() public {
        bytes memory g1 = abi.encode(uint256(1), uint256(2));
        bytes memory g2 = abi.encode(
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa
        );
        VM.expectRevert(abi.encodeWithSelector(IZkp.InvalidKey.selector, "gamma2 is delta2 or its negative"));
        this.requireGroth16(bytes.concat(g1, g2, g2, g2, g1), new uint256[](0), bytes.concat(g1, g2, g1));
    }

    function requireGroth16(bytes calldata key, uint256[] calldata inputs, bytes calldata proof) external pure {
        SeroZkp.requireGroth16(key, inputs, proof);
    }

    /// @notice RFC 8439, section 2.3.2.
    function test_chacha20_block() public pure {
        bytes memory result = SeroZkp.ZKP.chacha20(
            0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,
            0x000000090000004a00000000,
            1,
            new bytes(64)
        );
        bytes memory expected =
            hex"10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
            hex"d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e";
        VM.assertTrue(keccak256(result) == keccak256(expected), "the block");
    }

    function _assertEq(IZkp.Point memory left, IZkp.Point memory right) private pure {
        VM.assertEq(left.x, right.x, "x");
        VM.assertEq(left.y, right.y, "y");
    }
}
