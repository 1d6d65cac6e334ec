// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title ZKP, the cryptography of the shielded pool for contracts
/// @notice A stateless precompile at 0x0000000000000000000000000000000000005304: proofs, Poseidon, the
/// curve `J`, value commitments, ChaCha20. Words as in docs/spec/01-primitives.md; `r` is the order of
/// the BN254 scalar field, `l` the order of the prime-order subgroup of `J`.
/// Every function answers under any call scheme and takes no value. What does not verify gives `false`;
/// what is not an encoding of anything reverts with a named error, so that no two encodings mean one
/// thing. Numbers at or above their modulus are refused, never reduced.
interface IZkp {
    /// @notice A point of `J`, both coordinates below `r`. `(0, 1)` is the identity.
    struct Point {
        uint256 x;
        uint256 y;
    }

    /// @notice What a disclosure proves, if `anchor` is one of the pool's.
    /// @param hidden whether the note is hidden, else public
    /// @param claimant who answered the challenge: 0 nobody, 1 the payee, 2 the payer
    /// @param pool pool of the note
    /// @param position leaf index of the note
    /// @param owner `O` of the payment address that was paid
    /// @param e `E` of it; both halves identify the address
    struct Payment {
        bool hidden;
        uint8 claimant;
        uint8 pool;
        uint64 position;
        bytes32 commitment;
        bytes32 anchor;
        bytes32 owner;
        bytes32 e;
        uint256 asset;
        uint256 amount;
    }

    /// @notice A public amount beside hidden ones.
    struct Flow {
        uint256 asset;
        uint128 amount;
        /// public account to pool; else pool to public account
        bool inward;
    }

    /// @dev `value`, entry `index` of `field` (0 where `field` is one number), is at or above `r`, or `l`
    /// for a scalar.
    error NotBelowModulus(string field, uint256 index, uint256 value);
    /// @dev Entry `index` of `field` (0 where `field` is one point) is not an acceptable point of `J`.
    error InvalidPoint(string field, uint256 index, string reason);
    /// @dev The verifying key's bytes, or what they stand for, are refused.
    error InvalidKey(string reason);
    /// @dev The proof's bytes are not a proof's.
    error InvalidProof(string reason);
    /// @dev The signature's bytes are not a signature's.
    error InvalidSignature(string reason);
    /// @dev The chain has no such pool, or it is not open at this block.
    error PoolClosed(uint8 pool);
    /// @dev The disclosure's bytes are malformed, or it does not hold; `reason` names the field.
    error InvalidDisclosure(string reason);
    /// @dev `field` has `count` entries or bytes, `min` to `max` are allowed.
    error WrongCount(string field, uint256 count, uint256 min, uint256 max);
    /// @dev `flows[index]` moves nothing.
    error ZeroAmount(uint256 index);
    /// @dev The id maps to no generator. No such id is known.
    error NoGenerator(uint256 asset);
    /// @dev The key stream's 32-bit block counter would pass 2^32 - 1.
    error CounterOverflow(uint32 counter, uint256 blocks);
    error NotPayable();
    error UnknownSelector(bytes4 selector);
    error InvalidCalldata(string reason);

    /// @notice Whether `proof` proves the Spend statement (docs/spec/05-circuits.md) under the
    /// verifying key of `pool` at this block. The statement alone: that the anchor is the chain's, the nullifier unspent, the
    /// spend authorised under `rk` and the values balanced is for the caller to check.
    /// IT PROVES NO OWNERSHIP OF A NOTE: with amount 0, which `cv` hides, it holds for every anchor, and anybody can
    /// make one. Only the balance of all commitments says that something was spent. `rk` and `cv` are points of the
    /// curve, perhaps of other order than `l`: `compressPoint` refuses those.
    /// @param inputs anchor, nf, rk.x, rk.y, cv.x, cv.y
    /// @param proof 128 bytes, A (32) | B (64) | C (32), compressed as in a bundle
    function verifySpend(uint8 pool, bytes32[6] calldata inputs, bytes calldata proof)
        external
        view
        returns (bool valid);

    /// @notice Whether `proof` proves the Output statement under the verifying key of `pool` at this block.
    /// @param inputs cm, cv.x, cv.y
    /// @param proof as for `verifySpend`
    function verifyOutput(uint8 pool, bytes32[3] calldata inputs, bytes calldata proof)
        external
        view
        returns (bool valid);

    /// @notice Whether a Groth16 proof over BN254 verifies. Points are encoded as for Ethereum's own
    /// BN254 precompiles (EIP-196, EIP-197): big-endian words, G1 as x, y and G2 as x_imaginary, x_real,
    /// y_imaginary, y_real. Refused are points off their curve, outside their subgroup, or the identity,
    /// and keys with two of beta, gamma and delta equal or opposite, for which anybody can make proofs, or
    /// with two ICs that are equal or opposite, for which a proof holds for other inputs too.
    /// The proof binds `inputs` and nothing else, and anybody can re-randomise it: never take its bytes
    /// as an id.
    /// @param key alpha1 (64) | beta2 (128) | gamma2 (128) | delta2 (128) | IC (64 each), one more IC than
    /// inputs
    /// @param inputs at most 64
    /// @param proof 256 bytes, A (64) | B (128) | C (64)
    function verifyGroth16(bytes calldata key, uint256[] calldata inputs, bytes calldata proof)
        external
        pure
        returns (bool valid);

    /// @notice circomlib's Poseidon over 1 to 8 inputs.
    function poseidon(uint256[] calldata inputs) external pure returns (uint256 hash);

    /// @notice Poseidon over 1 to 8 inputs with `tag` as the initial state, as the protocol's own hashes
    /// `P[tag]`. Tag 0 is `poseidon`.
    function poseidonTagged(uint256 tag, uint256[] calldata inputs) external pure returns (uint256 hash);

    /// @notice The sum of two points of the curve, whatever their order.
    function addPoints(Point calldata a, Point calldata b) external pure returns (Point memory sum);

    /// @notice `scalar * point` as repeated addition, for a point of the curve of any order.
    /// @param scalar below `l`
    function multiplyPoint(Point calldata point, uint256 scalar) external pure returns (Point memory product);

    /// @notice The 32 bytes that stand for a point wherever the protocol writes one.
    /// @param point of order `l`; every other is refused
    function compressPoint(Point calldata point) external pure returns (bytes32 encoding);

    /// @notice The inverse of `compressPoint`. Refuses what is not canonical, not on the curve, or not of
    /// order `l` (the identity is of order 1).
    function decompressPoint(bytes32 encoding) external pure returns (Point memory point);

    /// @notice Whether `point` is on the curve and of order `l`. Never reverts; false for coordinates at or
    /// above `r`, points off the curve, the identity.
    function hasPrimeOrder(Point calldata point) external pure returns (bool);

    /// @notice `H2C(domain, message)`, a point of order `l` whose discrete logarithm nobody knows.
    /// @param domain at most 64 bytes
    /// @param message at most 1,024 bytes
    function hashToCurve(bytes calldata domain, bytes calldata message) external pure returns (Point memory point);

    /// @notice `V(asset)`, the generator that stands for an asset in value commitments.
    function assetGenerator(uint256 asset) external pure returns (Point memory generator);

    /// @notice The value commitment `cv = amount * V(asset) + rcv * R`, compressed.
    /// @param rcv below `l`; known to everybody once it is in calldata
    function commit(uint256 asset, uint128 amount, uint256 rcv) external pure returns (bytes32 cv);

    /// @notice Whether values balance, as in a bundle (docs/spec/06-bundle.md): `signature` signs `message`
    /// in the binding domain under
    /// `bvk = sum cvIn - sum cvOut - sum outward amount * V + sum inward amount * V`.
    /// False also where `bvk` is the identity, for which anybody can sign. It shows a balance of amounts
    /// only if every commitment comes with a proof that its amount is below 2^128 and its asset's generator
    /// is a real one (`verifySpend`, `verifyOutput`), and only for whoever made `message` name everything
    /// that the signature shall stand for.
    /// @param cvIn spent notes and opened packages, at most 24
    /// @param cvOut new notes and new packages, at most 24
    /// @param flows at most 16, no amount zero
    /// @param signature 64 bytes
    function checkBalance(
        bytes32[] calldata cvIn,
        bytes32[] calldata cvOut,
        Flow[] calldata flows,
        bytes32 message,
        bytes calldata signature
    ) external pure returns (bool balanced);

    /// @notice `data` XOR the ChaCha20 key stream of RFC 8439 from block `counter` on: encrypts and
    /// decrypts. It authenticates nothing.
    /// @param data at most 16,384 bytes; block 2^32 - 1 of a stream cannot be used
    function chacha20(bytes32 key, bytes12 nonce, uint32 counter, bytes calldata data)
        external
        pure
        returns (bytes memory result);

    /// @notice Verifies the disclosure of one payment (docs/spec/12-disclosure.md); reverts if it does not hold.
    /// @dev THE CALLER CHECKS THE ANCHOR, `POOL.isAnchor(payment.pool, payment.anchor)`: without it the note
    /// need not exist. Its challenge names itself, the person and the purpose, or the same disclosure serves
    /// somebody else.
    /// @param disclosure 2,724, 2,788 or 2,820 bytes, as `sero wallet disclose --binary` writes it
    /// @param challenge what the claimant signed, at most 1,024 bytes; empty asks for the content alone
    function verifyDisclosure(bytes calldata disclosure, bytes calldata challenge)
        external
        view
        returns (Payment memory payment);
}
