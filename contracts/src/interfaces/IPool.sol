// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title POOL, the shielded note pool
/// @notice A precompile at 0x0000000000000000000000000000000000005302.
/// A note is an anonymous (asset, amount) owned by whoever can open its one-time address. A `pkr`
/// is such an address: 128 bytes, `O_r | epk | c`. Mutating functions work by plain CALL only.
interface IPool {
    /// @notice A public amount that `transact` moved.
    /// @param inward from the caller into the pool, else from the pool to the caller
    struct PublicFlow {
        uint256 asset;
        bool inward;
        uint256 amount;
    }

    /// @notice A note whose content only its owner can read.
    /// @param position leaf index in the pool's note tree, assigned by the chain
    /// @param ciphertext cv (32) | epk (32) | view tag (2) | enc_note (194) | out_ct (80)
    event HiddenNote(uint64 indexed position, bytes32 indexed commitment, uint8 pool, bytes ciphertext);
    /// @notice A note to a one-time address, with its content in the clear.
    event PublicNote(
        uint64 indexed position,
        bytes32 indexed commitment,
        uint256 indexed asset,
        uint256 amount,
        uint8 pool,
        bytes pkr,
        bytes memo
    );
    event NullifierSpent(bytes32 indexed nullifier, uint8 pool);
    /// @notice The public account `account` paid into a pool (`inward`) or was paid from it.
    event Flow(address indexed account, uint256 indexed asset, bool inward, uint256 amount, uint8 pool);

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
    /// @dev No pool takes new deposits at this block.
    error DepositsPaused();
    /// @dev The bundle's bytes are malformed, a proof, signature or balance does not hold, or a rule
    /// on bundles is broken; `reason` names the part.
    error InvalidBundle(string reason);
    error UnknownAnchor(bytes32 anchor);
    error NullifierAlreadySpent(bytes32 nullifier);
    /// @dev The bundle's pool is not open at this block.
    error PoolClosed(uint8 pool);
    error BundleExpired(uint64 expiry, uint64 blockNumber);
    /// @dev Dated too far ahead: a bundle that was withheld must not stay usable.
    error ExpiryTooFar(uint64 expiry, uint64 latest);
    /// @dev A `transact` bundle without a spend could be replayed.
    error NoSpend();
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

    /// @notice Carries a bundle (docs/spec/06-bundle.md) for whoever built it. What flows out of the pool is credited to
    /// the caller's public account; what flows in is taken from it, coins from `msg.value`, which must
    /// be exactly that much. Notes, nullifiers and packages take effect as in a shielded transaction.
    /// The bundle was signed for this caller, `context` and `expiry`, and for nothing else.
    /// @dev A CONTRACT MUST BIND THE BENEFICIARY through `context`: anybody can copy a pending bundle and
    /// call the same contract with it. `Sero.transact` does it; do not call this function directly.
    /// THE BUNDLE MAY OPEN PACKAGES OF THE CALLER: whoever closed one can always prove its content, and takes it
    /// back into notes of his own, which no flow shows. `Sero.transact` refuses such bundles.
    /// @param bundle at least one spend
    /// @param context 32 bytes that the caller derives from what it will do with the flows
    /// @param expiry last block in which the bundle is accepted, at most 43,200 ahead
    /// @return flows the bundle's public flows, each asset once
    function transact(bytes calldata bundle, bytes32 context, uint64 expiry)
        external
        payable
        returns (PublicFlow[] memory flows);

    function isSpent(uint8 pool, bytes32 nullifier) external view returns (bool);
    /// @notice Whether `root` was the root of the pool's note tree at the end of a block.
    function isAnchor(uint8 pool, bytes32 root) external view returns (bool);
    /// @notice The newest anchor and the number of notes, the open block's included.
    function tree(uint8 pool) external view returns (bytes32 anchor, uint64 noteCount);
    /// @notice The pool that new public notes go to, and whether there is one now.
    function depositPool() external view returns (bool open, uint8 pool);
    /// @notice The refund `pkr` stored for `from`, or empty.
    function refundOf(address from) external view returns (bytes memory pkr);
    /// @notice What all pools hold of `asset`.
    function hidden(uint256 asset) external view returns (uint256);
    /// @notice What one pool holds of `asset`: what went in minus what came out in public.
    function hiddenIn(uint8 pool, uint256 asset) external view returns (uint256);
}
