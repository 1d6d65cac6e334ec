// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Sero} from "../src/Sero.sol";
import {MockAssets} from "./mocks/MockAssets.sol";
import {MockPackages} from "./mocks/MockPackages.sol";
import {MockPool} from "./mocks/MockPool.sol";
import {VM} from "./Vm.sol";

/// @notice Puts the mocks at the precompiles' addresses.
abstract contract Precompiles {
    MockAssets internal constant ASSETS = MockAssets(address(Sero.ASSETS));
    MockPool internal constant POOL = MockPool(address(Sero.POOL));
    MockPackages internal constant PACKAGES = MockPackages(address(Sero.PACKAGES));

    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    uint256 internal constant FEE = 1 ether;

    function etchPrecompiles() internal {
        VM.etch(address(ASSETS), address(new MockAssets()).code);
        VM.etch(address(POOL), address(new MockPool()).code);
        VM.etch(address(PACKAGES), address(new MockPackages()).code);
        VM.deal(address(this), 100 ether);
    }

    /// @notice What the chain does at registration: code and id at the facade's address.
    function etchFacade(uint256 id, bytes memory runtime) internal returns (address facade) {
        facade = ASSETS.facadeOf(id);
        VM.etch(facade, runtime);
        VM.store(facade, 0, bytes32(id));
    }

    /// @notice A one-time address of the right length.
    function pkr(uint256 seed) internal pure returns (bytes memory) {
        return abi.encode(seed, seed + 1, seed + 2, seed + 3);
    }

    /// @notice The turnstile: issued = public + hidden, at the figures given.
    function assertSupply(uint256 asset, uint256 publicSupply, uint256 hidden) internal view {
        (uint256 issued, uint256 inPublic, uint256 inPool) = ASSETS.supply(asset);
        VM.assertEq(inPublic, publicSupply, "public supply");
        VM.assertEq(inPool, hidden, "hidden supply");
        VM.assertEq(issued, publicSupply + hidden, "issued = public + hidden");
    }
}
