// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {IPool} from "../interfaces/IPool.sol";
import {Sero} from "../Sero.sol";

/// @title Relay, which carries bundles for people who send no transaction
/// @notice Whoever built a bundle hands it to anybody, who brings it here in an ordinary Ethereum
/// transaction and pays its gas. `unshield` pays a beneficiary out of hidden notes and a relayer for
/// the trouble; `settle` lets a public account pay a hidden one.
/// All that decides where the money goes is in the context that the bundle was signed with: beneficiary,
/// asset, amount, relayer, fee. `msg.sender` decides nothing, so whoever copies a pending call pays
/// gas for the same payments to the same people.
/// Nothing is kept here and no foreign code is called: every payment is by `POOL.pay`, which makes a
/// note if the payee left a refund `pkr` and a public credit if not, and never fails because of it.
contract Relay {
    /// @notice The action of `unshield`; its args are (asset, amount, relayer, fee).
    bytes32 public constant UNSHIELD = keccak256("Relay.unshield");

    /// @notice The action of `settle`; its args are the amount.
    bytes32 public constant SETTLE = keccak256("Relay.settle");

    /// @notice In whose name a bill was paid, by keccak256 of its bundle; zero while it is not.
    mapping(bytes32 bill => address payer) public payerOf;

    /// @notice `amount` of `asset`, the fee not counted, came out of the pool for `beneficiary`.
    event Unshielded(
        address indexed beneficiary, uint256 indexed asset, uint256 amount, address indexed relayer, uint256 fee
    );
    /// @notice `amount` coins went into the pool for a bill made out to `payer`.
    event Settled(bytes32 indexed bill, address indexed payer, uint256 amount);

    /// @dev The fee leaves nothing for the beneficiary.
    error FeeTooHigh(uint256 amount, uint256 fee);
    /// @dev A payment needs somebody to go to, or to come from.
    error NobodyNamed();

    /// @notice Carries a bundle out of which exactly `amount` of `asset` flows, and nothing in: `fee` of it
    /// goes to `relayer`, the rest to `beneficiary`.
    /// @param bundle signed for this contract, `unshieldContext` and `expiry`
    /// @param expiry last block in which it is accepted
    /// @param asset the coin, a token, or a ticket (then without fee)
    /// @param relayer named by whoever built the bundle, so that the fee cannot be snatched; anybody may call
    function unshield(
        bytes calldata bundle,
        uint64 expiry,
        address beneficiary,
        uint256 asset,
        uint256 amount,
        address relayer,
        uint256 fee
    ) external {
        if (fee >= amount) revert FeeTooHigh(amount, fee);
        if (beneficiary == address(0) || (fee != 0 && relayer == address(0))) revert NobodyNamed();
        bytes memory args = abi.encode(asset, amount, relayer, fee);
        IPool.PublicFlow[] memory flows = Sero.transact(bundle, expiry, 0, beneficiary, UNSHIELD, args);
        Sero.requireSingle(flows, asset, false, amount);
        Sero.pay(beneficiary, asset, amount - fee);
        if (fee != 0) Sero.pay(relayer, asset, fee);
        emit Unshielded(beneficiary, asset, amount - fee, relayer, fee);
    }

    /// @notice Pays a bill: a bundle that somebody made out to `payer`, which brings exactly `msg.value` coins
    /// into notes of its maker's (and spends a dummy). Whoever pays it, it counts as paid by `payer`.
    /// @dev A bill is named by all its bytes. By anything less, somebody could pay himself with a bundle of
    /// his own and have another's bill marked as paid. It cannot be paid twice: the second call reverts and
    /// keeps its coins.
    /// @param bundle signed for this contract, `settleContext` and `expiry`
    function settle(bytes calldata bundle, uint64 expiry, address payer) external payable {
        if (payer == address(0)) revert NobodyNamed();
        bytes memory args = abi.encode(msg.value);
        IPool.PublicFlow[] memory flows = Sero.transact(bundle, expiry, msg.value, payer, SETTLE, args);
        Sero.requireSingle(flows, Sero.COIN, true, msg.value);
        bytes32 bill = keccak256(bundle);
        payerOf[bill] = payer;
        emit Settled(bill, payer, msg.value);
    }

    /// @notice The 32 bytes to sign a bundle for `unshield` with.
    function unshieldContext(address beneficiary, uint256 asset, uint256 amount, address relayer, uint256 fee)
        external
        pure
        returns (bytes32)
    {
        return Sero.contextOf(beneficiary, UNSHIELD, abi.encode(asset, amount, relayer, fee));
    }

    /// @notice The 32 bytes to sign a bundle for `settle` with.
    function settleContext(address payer, uint256 amount) external pure returns (bytes32) {
        return Sero.contextOf(payer, SETTLE, abi.encode(amount));
    }
}
