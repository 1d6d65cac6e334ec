#!/usr/bin/env python3
"""Tests of the reference model: published vectors first, then self-consistency."""

import hashlib
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cases.common import label, label_field, label_scalar, reason, wallet  # noqa: E402
from cases.primitives import torsion  # noqa: E402
from sero_reference import (SpecError, aead, assets, bundle, curve, disclosure, ecdsa, encoding, fields,  # noqa: E402
                            hashes, keys, notes, package, rlp, signature, tree)
from sero_reference.curve import IDENTITY, add, mul, neg, point_from_bytes, point_to_bytes  # noqa: E402
from sero_reference.fields import L, R  # noqa: E402
from sero_reference.poseidon import parameters, poseidon  # noqa: E402


class Published(unittest.TestCase):
    def test_poseidon_circomlib(self):
        # circomlib / circomlibjs / go-iden3-crypto: poseidon([1, .., n]) for n = 1..8
        for n, value in enumerate((
                18586133768512220936620570745912940619677854269274689475585506675881198879027,
                7853200120776062878684798364095072458815029376092732009249414926327459813530,
                6542985608222806190361240322586112750744169038454362455181422643027100751666,
                18821383157269793795438455681495246036402687001665670618754263018637548127333,
                6183221330272524995739186171720101788151706631170188140075976616310159254464,
                20400040500897583745843009878988256314335038853985262692600694741116813247201,
                12748163991115452309045839028154629052133952896122405799815156419278439301912,
                18604317144381847857886385684060986177838410221561136253933256952257712543953), 1):
            self.assertEqual(poseidon(0, *range(1, n + 1)), value, n)
        for inputs, value in (
                ([1, 2, 0, 0, 0], 1018317224307729531995786483840663576608797660851238720571059489595066344487),
                ([3, 4, 5, 10, 23], 13034429309846638789535561449942021891039729847501137143363028890275222221409),
                ([3, 4, 0, 0, 0], 5811595552068139067952687508729883632420015185677766880877743348592482390548),
                ([1, 2, 0, 0, 0, 0], 15336558801450556532856248569924170992202208561737609669134139141992924267169),
                ([3, 4, 0, 0, 0, 0], 12263118664590987767234828103155242843640892839966517009184493198782366909018)):
            self.assertEqual(poseidon(0, *inputs), value, inputs)

    def test_poseidon_light_poseidon(self):
        # light-poseidon, bytes 01..01 and 02..02
        out = poseidon(0, *(int.from_bytes(bytes([b]) * 32, "big") % R for b in (1, 2)))
        self.assertEqual(fields.to_bytes(out), bytes([
            13, 84, 225, 147, 143, 138, 140, 28, 125, 235, 94, 3, 85, 242, 99, 25, 32, 123, 132, 254, 156, 162,
            206, 27, 38, 231, 53, 200, 41, 130, 25, 144]))

    def test_rfc8439_aead(self):  # section 2.8.2
        key = bytes(range(0x80, 0xA0))
        nonce = bytes.fromhex("070000004041424344454647")
        aad = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
        text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                b"future, sunscreen would be it.")
        sealed = aead.seal(key, aad, text, nonce)
        self.assertEqual(sealed.hex(), (
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
            "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
            "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
            "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"))
        self.assertEqual(aead.open_(key, aad, sealed, nonce), text)

    def test_rfc8439_block_and_poly1305(self):  # sections 2.3.2, 2.5.2
        block = aead.chacha20_block(bytes(range(32)), 1, bytes.fromhex("000000090000004a00000000"))
        self.assertEqual(block[:16].hex(), "10f1e7e4d13b5915500fdd1fa32071c4")
        key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
        self.assertEqual(aead.poly1305(key, b"Cryptographic Forum Research Group").hex(),
                         "a8061dc1305136c6c22b8baf0c0127a9")

    def test_rfc8439_counter_0(self):  # appendix A.1, test vectors 1 and 2: key and nonce zero
        self.assertEqual(aead.chacha20(bytes(32), 0, bytes(12), bytes(128)).hex(), (
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
            "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"))

    def test_rlp_of_ethereum(self):  # ethereum.org, "Recursive-length prefix serialization"
        text = b"Lorem ipsum dolor sit amet, consectetur adipisicing elit"
        for item, encoded in ((b"dog", b"\x83dog"), ([b"cat", b"dog"], b"\xc8\x83cat\x83dog"), (b"", b"\x80"),
                              ([], b"\xc0"), (b"\x00", b"\x00"), (b"\x0f", b"\x0f"), (b"\x04\x00", b"\x82\x04\x00"),
                              ([[], [[]], [[], [[]]]], b"\xc7\xc0\xc1\xc0\xc3\xc0\xc1\xc0"), (text, b"\xb8\x38" + text)):
            self.assertEqual(rlp.encode(item), encoded)
            self.assertEqual(rlp.decode(encoded), item)

    def test_ecdsa_rfc6979_secp256k1(self):
        # bitcoin's and trezor's vector: key 1, sha256("Satoshi Nakamoto"), and the nonce that RFC 6979 gives
        nonce = 0x8F8A276C19F4149656B280621E358CCE24F5F52542772691EE69063B74F15D15
        _, r, s = ecdsa.sign(1, hashlib.sha256(b"Satoshi Nakamoto").digest(), nonce)
        self.assertEqual((r, s), (0x934B1EA10A4B3C1757E2B0C017D0B6143CE3C9A7E6A4A49860D7A6AB210EE3D8,
                                  0x2442CE9D2B916064108014783E923EC36B49743E2FFA1C4496F01A512AAFD9E5))

    def test_address_of_the_first_hardhat_account(self):
        key = 0xAC0974BEC39A17E36BA4A6B4D238FF944BACB478CBED5EFCAE784D7BF4F2FF80
        self.assertEqual(ecdsa.address(key).hex(), "f39fd6e51aad88f6f4ce6ab8827279cfffb92266")

    def test_rfc7693_blake2b(self):  # appendix A
        self.assertEqual(hashlib.blake2b(b"abc").hexdigest(), (
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"))

    def test_keccak256(self):
        for data, digest in (
                (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
                (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
                (b"Transfer(address,address,uint256)",
                 "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")):
            self.assertEqual(hashes.keccak256(data).hex(), digest)

    def test_keccak_permutation_against_sha3(self):
        # SHA3-256 is the same sponge with another padding byte: compare through hashlib.
        for size in (0, 1, 134, 135, 136, 137, 271, 272, 500):
            data = label("sha3", size)
            padded = bytearray(data + bytes(136 - size % 136))
            padded[size] ^= 0x06
            padded[-1] ^= 0x80
            a = [[0] * 5 for _ in range(5)]
            for start in range(0, len(padded), 136):
                for i in range(17):
                    a[i % 5][i // 5] ^= int.from_bytes(padded[start + 8 * i:start + 8 * i + 8], "little")
                a = hashes._keccak_f(a)
            out = b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(4))
            self.assertEqual(out, hashlib.sha3_256(data).digest())

    def test_bip350(self):
        for text in ("A1LQFN3A", "a1lqfn3a",
                     "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
                     "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", "11" + "l" * 82 + "ludsr8",
                     "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"):
            hrp, data = encoding.bech32m_decode(text, 90)
            self.assertEqual(encoding.bech32m_encode(hrp, data), text.lower())
        for text in ("\x201xj0phk", "\x7f1g6xzxy", "\x801vctc34", "qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g",
                     "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom", "M1VUXWEZ", "16plkw9", "1p2gdwpf"):
            self.assertEqual(reason(encoding.bech32m_decode, text, 90), "bech32m", text)

    def test_baby_jubjub(self):
        # EIP-2494, after the isomorphism x -> x * sqrt(168700): doubling, addition, base point order
        root = fields.sqrt(168700)
        p1 = (17777552123799933955779906779655732241715742912184938656739573121738514868268,
              2626589144620713026669568689430873010625803728049924121243784502389097019475)
        p2 = (16540640123574156134436876038791482806971768689494387082833631921987005038935,
              20819045374670962167435360035096875258406992893633759881276124905556507972311)
        doubled = (6890855772600357754907169075114257697580319025794532037257385534741338397365,
                   4338620300185947561074059802482547481416142213883829469920100239455078257889)
        total = (7916061937171219682591368294088513039687205273691143098332585753343424131937,
                 14035240266687799601661095864649209771790948434046947201833777492504781204499)
        base8 = (5299619240641551281634865583518297030282874472190772894086521144482721001553,
                 16950150798460657717958625567821834550301663161624707787222815936182638968203)
        ours = [(x * root % R, y) for x, y in (p1, p2, doubled, total, base8)]
        self.assertTrue(all(map(curve.on_curve, ours)))
        self.assertEqual(add(ours[0], ours[0]), ours[2])
        self.assertEqual(add(ours[0], ours[1]), ours[3])
        self.assertEqual(mul(L, ours[4]), IDENTITY)


class Curve(unittest.TestCase):
    def test_parameters(self):
        self.assertFalse(fields.is_square(curve.D))
        self.assertFalse(fields.is_square(5))
        self.assertEqual(pow(fields.G_TWO_ADIC, 1 << 27, R), R - 1)

    def test_group_law(self):
        p, q, s = (mul(label_scalar(f"law {i}"), hashes.G_AUTH) for i in range(3))
        self.assertTrue(curve.on_curve(add(p, q)))
        self.assertEqual(add(add(p, q), s), add(p, add(q, s)))
        self.assertEqual(add(p, q), add(q, p))
        self.assertEqual(add(p, neg(p)), IDENTITY)
        self.assertEqual(add(p, IDENTITY), p)
        a, b = label_scalar("a"), label_scalar("b")
        self.assertEqual(add(mul(a, p), mul(b, p)), mul((a + b) % L, p))
        self.assertEqual(mul(0, p), IDENTITY)

    def test_subgroup(self):
        for p in (hashes.G_AUTH, hashes.VALUE_R, assets.generator(assets.COIN)):
            self.assertEqual(mul(L, p), IDENTITY)
            self.assertNotEqual(p, IDENTITY)
        self.assertNotEqual(hashes.G_AUTH, hashes.VALUE_R)
        small = torsion()
        self.assertEqual(len(set(small)), 7)
        for t in small:
            self.assertEqual(mul(8, t), IDENTITY)
            self.assertEqual(reason(point_from_bytes, point_to_bytes(t)), "wrong-subgroup")

    def test_encoding(self):
        for i in range(8):
            p = mul(label_scalar(f"enc {i}"), hashes.G_AUTH)
            self.assertEqual(point_from_bytes(point_to_bytes(p)), p)
            self.assertEqual(point_from_bytes(point_to_bytes(neg(p))), neg(p))

    def test_square_roots(self):
        for i in range(20):
            a = label_field(f"root {i}")
            self.assertIn(fields.sqrt(a * a), (a, R - a))
            self.assertEqual(fields.sqrt(a) is None, not fields.is_square(a))

    def test_two_adic_log(self):
        for i in range(12):
            k, w = label_field(f"k {i}") % (1 << 28), label_field(f"w {i}")
            y = pow(fields.G_TWO_ADIC, k, R) * pow(w, 1 << 28, R) % R
            self.assertEqual(fields.two_adic_log(y), k)
            self.assertEqual(fields.two_adic_log(R - y), (k + (1 << 27)) % (1 << 28))

    def test_elligator(self):
        seen = set()
        for i in range(16):
            u = label_field(f"elligator {i}")
            s, t = curve.elligator(u)
            self.assertEqual(curve.montgomery_rhs(s), t * t % R)
            self.assertLess(fields.two_adic_log(t), 1 << 27)  # the other root is out
            self.assertGreaterEqual(fields.two_adic_log(R - t), 1 << 27)
            self.assertTrue(curve.on_curve(curve.from_montgomery(s, t)))
            p = curve.map_to_curve(u)
            self.assertEqual(p, curve.map_to_curve(R - u))
            self.assertEqual(mul(L, p), IDENTITY)
            seen.add(p)
        self.assertEqual(len(seen), 16)
        self.assertIsNone(curve.map_to_curve(0))

    def test_poseidon_matrix_is_invertible_and_cached(self):
        constants, matrix = parameters(3)
        self.assertEqual(len(constants), 65)
        (a, b, c), (d, e, f), (g, h, i) = matrix
        self.assertNotEqual((a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)) % R, 0)


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.alice, cls.bob = wallet("alice"), wallet("bob")

    def test_signature(self):
        for domain in signature.DOMAINS:
            x, message = label_scalar("signer"), label("message")
            sig = signature.sign(domain, x, message, label("fresh"))
            vk = point_to_bytes(signature.verifying_key(domain, x))
            self.assertTrue(signature.verify(domain, vk, message, sig))
            self.assertFalse(signature.verify(domain, vk, message + b"\0", sig))
            self.assertNotEqual(sig, signature.sign(domain, x, message, label("other fresh")))
            for at in (0, 31, 32, 63):
                bad = sig[:at] + bytes([sig[at] ^ 1]) + sig[at + 1:]
                self.assertFalse(signature.verify(domain, vk, message, bad))

    def test_address_open(self):
        address = self.alice.address(4)
        pkr = keys.derive_pkr(address, label("rho")).to_bytes()
        self.assertEqual(len(pkr), 128)
        self.assertEqual(keys.open_pkr(self.alice.ivk, pkr), (address, label("rho")))
        self.assertIsNone(keys.open_pkr(self.bob.ivk, pkr))
        self.assertEqual(keys.Address.from_bytes(address.to_bytes()), address)

    def test_text(self):
        for size in (1, 2, 3, 4, 5, 65, 129):
            data = label("five bits", size)
            self.assertEqual(encoding.from_five_bits(encoding.to_five_bits(data)), data)
        pkr = keys.derive_pkr(self.alice.address(0), bytes(32)).to_bytes()
        text = encoding.encode_text("test", "one-time-address", pkr)
        self.assertTrue(text.startswith("tseropkr1"))
        self.assertEqual(encoding.decode_text("test", "one-time-address", text.upper()), pkr)

    def test_notes(self):
        note = notes.Note(self.bob.address(1), assets.COIN, 77, label("rseed"))
        cv = notes.value_commitment(77, assets.COIN, label_scalar("rcv"))
        e = notes.encrypt(note, b"memo", cv, self.alice.ovk)
        self.assertEqual((len(e.view_tag), len(e.enc_note), len(e.out_ct)), (2, 194, 80))
        self.assertEqual(note.shared, mul(self.bob.ivk, note.epk))
        self.assertEqual(notes.decrypt_incoming(self.bob.ivk, note.cm, e), (note, b"memo"))
        self.assertEqual(notes.decrypt_outgoing(self.alice.ovk, cv, note.cm, e), (note, b"memo"))
        self.assertIsNone(notes.decrypt_incoming(self.alice.ivk, note.cm, e))
        self.assertIsNone(notes.decrypt_outgoing(self.bob.ovk, cv, note.cm, e))
        self.assertNotEqual(notes.nullifier(1, note.cm, 0), notes.nullifier(1, note.cm, 1))

    def test_value_commitments_add_up(self):
        a = notes.value_commitment(5, assets.COIN, 10)
        b = notes.value_commitment(7, assets.COIN, L - 4)
        self.assertEqual(add(a, b), notes.value_commitment(12, assets.COIN, 6))

    def test_tree(self):
        leaves = [label_field(f"t {i}") for i in range(70)]
        growing = tree.Tree()
        for n in range(71):
            if n in (0, 1, 7, 8, 9, 16, 63, 64, 65, 70):
                self.assertEqual(growing.root(), tree.root(leaves[:n]), n)
            if n < 70:
                growing.append(leaves[n])
        for position in (0, 8, 69):
            siblings = tree.path(leaves, position)
            self.assertEqual(tree.root_from_path(leaves[position], position, siblings), growing.root())
            self.assertNotEqual(tree.root_from_path(leaves[position], position ^ 1, siblings), growing.root())

    def test_tree_by_definition(self):
        # Straight recursion over 8^2 places, then the empty siblings of levels 2 to 10.
        leaves = [label_field(f"t {i}") for i in range(11)]
        row = leaves + [0] * 53
        top = tree.node([tree.node(row[i:i + 8]) for i in range(0, 64, 8)])
        for level in range(2, 11):
            top = tree.node([top] + [tree.EMPTY[level]] * 7)
        self.assertEqual(top, tree.root(leaves))

    def test_bundle_round_trip(self):
        note = notes.Note(self.bob.address(0), assets.COIN, 3, label("bundle"))
        cv = notes.value_commitment(3, assets.COIN, 9)
        e = notes.encrypt(note, b"", cv, self.alice.ovk)
        b = bundle.Bundle(0, [], [bundle.Output(note.cm, cv, e.epk, e.view_tag, e.enc_note, e.out_ct)],
                          [bundle.Balance(assets.COIN, 3, True)])
        data = b.encode()
        self.assertEqual(len(data), 38 + 500 + 17 + 64)
        self.assertEqual(len(b.effects()), len(data) - 128 - 64)
        self.assertEqual(bundle.decode(data), b)
        self.assertEqual(b.bvk(), mul(L - 9, hashes.VALUE_R))
        for cut in range(0, len(data), 37):
            with self.assertRaises(SpecError):
                bundle.decode(data[:cut])

    def test_internal_addresses(self):
        o = self.alice.owner(1 << 63)
        self.assertEqual(self.alice.address(1 << 63).e, mul(self.alice.ivk_internal, keys.base(o)))
        self.assertNotEqual(self.alice.ivk, self.alice.ivk_internal)

    def test_disclosure(self):
        address, cv = self.bob.address(0), notes.value_commitment(5, assets.COIN, 9)
        x = disclosure.payer_secret(self.alice.payer_key, address, assets.COIN, 5, b"memo", cv)
        seed = disclosure.rseed(mul(x, hashes.G_AUTH))
        cm = notes.Note(address, assets.COIN, 5, seed).cm
        shown = disclosure.Disclosure(1, bytes(32), disclosure.HIDDEN, 0, cm, address, assets.COIN, 5, seed,
                                      tree.root([cm]), tree.path([cm], 0))
        shown.verify(1, bytes(32), None)
        for claim in (shown.as_payer(x, b"who?", label("fresh")), shown.as_payee(self.bob.ivk, b"who?", label("fresh"))):
            claim.verify(1, bytes(32), b"who?")
            self.assertEqual(disclosure.decode(claim.encode()), claim)
            self.assertEqual(len(claim.encode()), disclosure.LENGTHS[claim.claim])
            self.assertEqual(reason(claim.verify, 1, bytes(32), b"whom?"), "signature")
            self.assertEqual(reason(claim.verify, 2, bytes(32), b"who?"), "chain-id")
        self.assertEqual(reason(shown.as_payer(self.bob.ivk, b"who?", label("fresh")).verify, 1, bytes(32), b"who?"),
                         "payer-key")
    def _boxes(self):
        """A bundle with an output, a creation, an opening and a coin flowing in, and the rcv that is left."""
        note = notes.Note(self.bob.address(0), assets.COIN, 3, label("bundle"))
        cvs = [notes.value_commitment(v, assets.COIN, rcv) for v, rcv in ((3, 9), (4, 20), (6, 50))]
        e = notes.encrypt(note, b"", cvs[0], self.alice.ovk)
        content = package.Content(assets.COIN, 4, label_field("rcm"), b"bid")
        id_, k = package.id_of_call(label("from", 20), 1, 0), label("k")
        box = package.seal(k, id_, content)
        create = bundle.Create(content.commitment(id_), cvs[1], label("owner", 20), box.tag, box.ciphertext,
                               label("create proof", 128))
        open_ = bundle.Open(label_field("old id"), label_field("old cm"), cvs[2], label("open proof", 128))
        return bundle.Bundle(0, [], [bundle.Output(note.cm, cvs[0], e.epk, e.view_tag, e.enc_note, e.out_ct)],
                             [bundle.Balance(assets.COIN, 1, True)], packages=[create, open_], pool=2), 50 - 9 - 20

    def test_bundle_with_packages(self):
        b, left = self._boxes()
        data = b.encode()
        self.assertEqual(len(data), 38 + 500 + (247 + 128) + 225 + 17 + 64)
        self.assertEqual(len(b.effects()), len(data) - 3 * 128 - 64)
        self.assertEqual(bundle.decode(data), b)
        self.assertEqual(b.bvk(), mul(left, hashes.VALUE_R))
        for cut in range(0, len(data), 11):
            self.assertEqual(reason(bundle.decode, data[:cut]), "truncated")
        self.assertEqual(reason(bundle.decode, data + b"\0"), "trailing")

    def test_nothing_of_a_bundle_is_malleable(self):
        # A bit of the bundle is refused, or changes a sighash, a binding message or the binding signature.
        b, _ = self._boxes()
        data, digest, where = b.encode(), label("digest"), set()

        def seen(x):
            sighash = x.sighash(1, digest, digest), x.contract_sighash(1, digest, label("c", 20), digest, 1)
            return (*sighash, x.binding_message(sighash[0]), x.binding_sig)

        good = seen(b)
        for at in [*range(6), *range(6, len(data), 11)]:
            changed = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]
            try:
                found = seen(bundle.decode(changed))
            except SpecError:
                where.add("refused")
                continue
            differs = tuple(x != y for x, y in zip(good, found))
            self.assertIn(differs, ((True, True, True, False), (False, False, True, False), (False, False, False, True)))
            self.assertEqual(bundle.decode(changed).encode(), changed)
            where.add(differs)
        self.assertEqual(len(where), 4)

    def test_carriers_are_apart(self):
        b, _ = self._boxes()
        word = label("word")
        seen = {b.sighash(1, word, word), b.sighash(2, word, word), b.contract_sighash(1, word, bytes(20), word, 1),
                b.contract_sighash(1, word, bytes(20), word, 2), b.contract_sighash(1, word, b"\1" * 20, word, 1),
                b.contract_sighash(1, word, bytes(20), bytes(32), 1), b.contract_sighash(2, word, bytes(20), word, 1)}
        self.assertEqual(len(seen), 7)

    def test_package_ids(self):
        sender = label("from", 20)
        ids = {package.id_of_spend(0, 5, 0), package.id_of_spend(1, 5, 0), package.id_of_spend(0, 6, 0),
               package.id_of_spend(0, 5, 1), package.id_of_call(sender, 5, 0), package.id_of_call(sender, 6, 0),
               package.id_of_call(sender, 5, 1), package.id_of_call(bytes(20), 5, 0)}
        self.assertEqual(len(ids), 8)
        b, _ = self._boxes()
        self.assertEqual(package.ids_of_creates(b, sender, 1), [package.id_of_call(sender, 1, 0), None])
        spend = bundle.Spend(11, hashes.G_AUTH, hashes.VALUE_R)
        spent = bundle.Bundle(1, [spend], [], [], packages=b.packages[::-1], pool=3)
        self.assertEqual(package.ids_of_creates(spent), [None, package.id_of_spend(3, 11, 1)])

    def test_box_sizes(self):
        for size, room in ((128, 46), (256, 174), (512, 430), (1024, 942)):
            fits, over = (package.Content(1, 2, 3, bytes(n)) for n in (room, room + 1))
            self.assertEqual(len(fits.encode()), size)
            self.assertEqual(reason(over.encode, size), "data-length")
            self.assertEqual(package.decode_content(fits.encode(1024)), fits)
        self.assertEqual(reason(over.encode), "data-length")

    def test_boxes(self):
        k, id_ = label("k"), package.id_of_spend(0, 1, 0)
        for v, data in ((0, b""), (notes.MAX_AMOUNT, label("data", 46)), (1, bytes(46))):
            content = package.Content(assets.COIN, v, label_field("rcm"), data)
            cm, box = content.commitment(id_), package.seal(k, id_, content)
            self.assertEqual(package.open_(k, id_, cm, box), content)
            self.assertEqual(reason(package.open_, label("l"), id_, cm, box), "tag")
            self.assertEqual(reason(package.open_, k, id_ + 1, cm, box), "tag")
            self.assertEqual(reason(package.open_, k, id_, cm + 1, box), "commitment")
        # Under the right tag each byte of the content is refused for its own reason, but for the data: the
        # commitment says nothing of it, only the tag that the chain keeps.
        plain, accepted, reasons = content.encode(), [], set()
        for at in range(len(plain)):
            changed = plain[:at] + bytes([plain[at] ^ 0x80]) + plain[at + 1:]
            box = package.seal_bytes(k, id_, changed)
            try:
                self.assertEqual(package.open_(k, id_, cm, box).data, changed[82:])
                accepted.append(at)
            except SpecError as e:
                reasons.add(e.reason)
        self.assertEqual(accepted, list(range(82, 128)))
        self.assertEqual(reasons, {"asset", "rcm", "data-length", "commitment"})

    def test_names(self):
        assets.check_name(b"two words")
        for bad in (b"", b" a", b"a\n", "e\u0301".encode(), "a\u200b".encode(), b"x" * 33, b"\xff"):
            with self.assertRaises(SpecError):
                assets.check_name(bad)


if __name__ == "__main__":
    unittest.main()
