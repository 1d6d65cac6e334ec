// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title POOL, the shielded note pool
/// @notice A precompile at 0x0000000000000000000000000000000000005302.
/// A note is an anonymous (asset, amount) owned by whoever can open its one-time address. A `pkr`
/// is such an address: 128 bytes, `O_r | epk | c`. Mutating functions work by plain CALL only.
interface IPool {
    /// @notice A note whose content only its owner can read.
    /// @param position leaf index in the note tree, assigned by the chain
    /// @param ciphertext cv (32) | epk (32) | view tag (2) | enc_note (194) | out_ct (80)
    event HiddenNote(uint64 indexed position, bytes32 indexed commitment, bytes ciphertext);
    /// @notice A note to a one-time address, with its content in the clear.
    event PublicNote(
        uint64 indexed position, bytes32 indexed commitment, uint256 indexed asset, uint256 amount, bytes pkr, bytes memo
    );
    event NullifierSpent(bytes32 indexed nullifier);
    /// @notice The public account `account` paid into the pool (`inward`) or was paid from it.
    event Flow(address indexed account, uint256 indexed asset, bool inward, uint256 amount);

    error InvalidPkr(string reason);
    error UnknownAsset(uint256 asset);
    /// @dev The amount is zero or at least 2^128.
    error InvalidAmount(uint256 amount);
    /// @dev The coin is paid by value, all other assets without value.
    error WrongValue(uint256 required, uint256 sent);
    error MemoTooLong(uint256 length, uint256 max);
    error InsufficientBalance(address holder, uint256 asset, uint256 balance, uint256 needed);
    error PoolExhausted(uint256 asset, uint256 hidden, uint256 needed);
    error TreeFull();
    error NotPayable();
    error OnlyPlainCall();
    error UnknownSelector(bytes4 selector);
    error InvalidCalldata(string reason);

    /// @notice Moves `amount` of the caller's public balance into a note to `pkr`. The coin is sent
    /// as value (`msg.value == amount`).
    /// @param memo at most 64 bytes, public
    /// @return position of the new note
    function shield(bytes calldata pkr, uint256 asset, uint256 amount, bytes calldata memo)
        external
        payable
        returns (uint64 position);

    /// @notice Pays a `From` of an earlier shielded call: a note to the refund `pkr` stored for
    /// `payee`, or, if there is none, a public credit. Never fails because of the payee.
    /// @return hidden whether a note was made
    function pay(address payee, uint256 asset, uint256 amount) external payable returns (bool hidden);

    function isSpent(bytes32 nullifier) external view returns (bool);
    /// @notice Whether `root` was the root of the note tree at the end of a block.
    function isAnchor(bytes32 root) external view returns (bool);
    /// @notice The newest anchor and the number of notes, the open block's included.
    function tree() external view returns (bytes32 anchor, uint64 noteCount);
    /// @notice The refund `pkr` stored for `from`, or empty.
    function refundOf(address from) external view returns (bytes memory pkr);
    /// @notice What the pool holds of `asset`.
    function hidden(uint256 asset) external view returns (uint256);
}
