//! Disclosures: the vectors, and what must not pass or leak.

use crate::keys::spending_key;
use crate::rng::Rng;
use crate::vectors::{self, Case};
use alloy_primitives::B256;
use sero_shielded::asset::AssetId;
use sero_shielded::curve::{g_auth, multiply, point_to_bytes};
use sero_shielded::disclosure::{
    Chain, Claim, Claimant, DISCLOSURE_LEN_MAX, DISCLOSURE_LEN_MIN, Disclosure, DisclosureError, NoteKind,
    verify_bytes,
};
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, field_to_bytes, scalar_to_bytes};
use sero_shielded::keys::{
    IncomingKey, OneTimeAddress, PaymentAddress, SpendingKey, account_seed, diversified_base,
};
use sero_shielded::note::{HiddenNote, public_note_commitment, value_commitment};
use sero_shielded::payer::{OutputKey, rseed_of};
use sero_shielded::signature::{Domain, sign, verify};
use sero_shielded::tree::{CAPACITY, Frontier};

const CHAIN: Chain = Chain { chain_id: 5301, genesis_hash: B256::repeat_byte(0x53) };
const CHALLENGE: &[u8] = b"who paid the rent?";

fn chain(case: &Case) -> Chain {
    Chain { chain_id: case.number("chain_id"), genesis_hash: case.array("genesis_hash").into() }
}

/// The word of the vectors.
fn word(error: &DisclosureError) -> &'static str {
    match error {
        DisclosureError::Length { .. } => "length",
        DisclosureError::Field { field, .. } => match *field {
            "address.O" | "address.E" => "address",
            "siblings" => "path",
            "claim.key" => "payer-key",
            field => field,
        },
        DisclosureError::ChainId { .. } => "chain-id",
        DisclosureError::Genesis { .. } => "genesis-hash",
        DisclosureError::Commitment => "commitment",
        DisclosureError::Path => "path",
        DisclosureError::PayerKey => "payer-key",
        DisclosureError::Signature(_) => "signature",
        DisclosureError::ChallengeMissing => "challenge-missing",
        DisclosureError::ClaimMissing => "claim-missing",
        DisclosureError::ChallengeLength(_) => "challenge",
        DisclosureError::NotYours(_) => "not-yours",
    }
}

#[test]
fn vectors() {
    vectors::run("disclosure", |case| {
        if case.kind() == "payer" {
            let to = PaymentAddress::from_bytes(&case.array("to")).unwrap();
            let asset = AssetId::from_bytes(case.array("asset")).unwrap();
            let memo = Memo::new(&case.bytes("memo")).unwrap();
            let payer = spending_key(case).payer_key();
            let key = payer.output(&to, asset, case.number("v"), &memo, &case.point("cv")).unwrap();
            assert_eq!((key.point(), key.rseed()), (case.point("X"), case.array("rseed")), "{case}");
            assert_eq!(multiply(&g_auth(), &case.scalar("x")), key.point(), "{case}");
            return;
        }
        let bytes = case.bytes("bytes");
        let challenge = if case.is_null("challenge") { None } else { Some(case.bytes("challenge")) };
        let decoded = Disclosure::decode(&bytes);
        let result =
            decoded.clone().and_then(|disclosure| disclosure.verify(&chain(case), challenge.as_deref()));
        if case.kind() == "refused" {
            assert_eq!(word(&result.unwrap_err()), case.text("reason"), "{case}");
            return;
        }
        let (disclosure, verified) = (decoded.unwrap(), result.unwrap());
        assert_eq!(disclosure.encode(), bytes, "{case}");
        let Some(challenge) = challenge else {
            assert_eq!(verified.claimant, Claimant::Nobody, "{case}");
            return;
        };
        let message = disclosure.message(&challenge).unwrap();
        assert_eq!(message, case.array("message"), "{case}");
        let (domain, signature, claimant) = match disclosure.claim {
            Claim::None => panic!("{case}: no claim"),
            Claim::Payee(signature) => {
                (Domain::Payee(diversified_base(&disclosure.to.owner)), signature, Claimant::Payee)
            }
            Claim::Payer { signature, .. } => (Domain::Payer, signature, Claimant::Payer),
        };
        assert_eq!(sign(domain, &case.scalar("secret"), &message, &case.array("fresh")), signature, "{case}");
        assert_eq!(verified.claimant, claimant, "{case}");
    });
}

pub struct Scene {
    alice: SpendingKey,
    bob: SpendingKey,
    key: OutputKey,
    hidden: Disclosure,
    public: Disclosure,
}

/// Alice pays Bob one hidden and one public note, among others.
fn scene() -> Scene {
    let mut rng = Rng::new("disclosure");
    let account = |index| SpendingKey::from_seed(&account_seed(&[7; 64], index)).unwrap();
    let (alice, bob) = (account(0), account(1));
    let to = bob.viewing_key().address(3);
    let (asset, amount, memo) = (AssetId::coin(), 1_500_000, Memo::new(b"rent").unwrap());
    let cv = value_commitment(&asset.generator().unwrap(), amount, &rng.scalar());
    let key = alice.payer_key().output(&to, asset, amount, &memo, &cv).unwrap();
    let note = HiddenNote { to, asset, amount, rseed: key.rseed() };
    let cm = note.commitment(&note.secrets().unwrap()).unwrap();
    let rho = rng.bytes();
    let pkr = OneTimeAddress::derive(&to, &rho).unwrap();
    let public_cm = public_note_commitment(&pkr, asset, amount).unwrap();
    let mut tree = Frontier::default();
    let mut witnesses = Vec::new();
    for i in 0..70 {
        if i == 11 || i == 60 {
            witnesses.push(tree.next_witness());
        }
        let leaf = if i == 11 {
            cm
        } else if i == 60 {
            public_cm
        } else {
            rng.field()
        };
        tree.append(leaf, &mut witnesses).unwrap();
    }
    let hidden = Disclosure {
        pool: 0,
        chain: CHAIN,
        kind: NoteKind::Hidden,
        position: 11,
        commitment: cm,
        to,
        asset,
        amount,
        seed: key.rseed(),
        anchor: tree.root(),
        siblings: tree.path(&witnesses[0]),
        claim: Claim::None,
    };
    let public = Disclosure {
        kind: NoteKind::Public,
        position: 60,
        commitment: public_cm,
        seed: rho,
        siblings: tree.path(&witnesses[1]),
        ..hidden.clone()
    };
    Scene { alice, bob, key, hidden, public }
}

impl Scene {
    fn ivk(&self) -> IncomingKey {
        self.bob.viewing_key().incoming().clone()
    }

    /// Every form, with the challenge that it answers.
    fn all(&self) -> Vec<(Disclosure, Option<&'static [u8]>)> {
        let payee = |disclosure: &Disclosure| {
            disclosure.clone().claim_as_payee(&self.ivk(), CHALLENGE, &[1; 32]).unwrap()
        };
        let payer = self.hidden.clone().claim_as_payer(&self.key, CHALLENGE, &[2; 32]).unwrap();
        vec![
            (self.hidden.clone(), None),
            (self.public.clone(), None),
            (payee(&self.hidden), Some(CHALLENGE)),
            (payee(&self.public), Some(CHALLENGE)),
            (payer, Some(CHALLENGE)),
        ]
    }
}

fn judge(bytes: &[u8], challenge: Option<&[u8]>) -> Result<Claimant, DisclosureError> {
    verify_bytes(bytes, &CHAIN, challenge.unwrap_or_default()).map(|verified| verified.claimant)
}

#[test]
fn every_flipped_bit_is_refused() {
    for (disclosure, challenge) in scene().all() {
        let bytes = disclosure.encode();
        assert!(judge(&bytes, challenge).is_ok());
        // The upper levels of the path differ only in their place.
        for bit in
            (0..8 * bytes.len()).filter(|bit| *bit < 8 * 300 || bit % 61 == 0 || bytes.len() - bit / 8 <= 64)
        {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Another pool's anchor is asked for then; a claim signs the pool as well.
            if (8..11).contains(&bit) && disclosure.claim == Claim::None {
                let pool = verify_bytes(&flipped, &CHAIN, b"").map(|verified| verified.pool);
                assert_eq!(pool, Ok(flipped[1]));
                continue;
            }
            assert!(judge(&flipped, challenge).is_err(), "bit {bit} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn decoding_is_total_and_canonical() {
    let mut rng = Rng::new("disclosure bytes");
    let forms = scene().all();
    for (disclosure, _) in &forms {
        let bytes = disclosure.encode();
        assert!((DISCLOSURE_LEN_MIN..=DISCLOSURE_LEN_MAX).contains(&bytes.len()));
        assert_eq!(Disclosure::decode(&bytes).as_ref(), Ok(disclosure));
        for length in 0..bytes.len() {
            assert!(Disclosure::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(Disclosure::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
    let (mut decoded, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let (disclosure, _) = &forms[rng.below(forms.len())];
        let mut bytes = disclosure.encode();
        for _ in 0..rng.below(3) {
            let (at, value) = (rng.below(bytes.len()), rng.bytes()[0]);
            bytes[at] = value;
        }
        match Disclosure::decode(&bytes) {
            Ok(read) => {
                assert_eq!(read.encode(), bytes);
                decoded += 1;
            }
            Err(_) => refused += 1,
        }
        let noise: Vec<u8> = (0..rng.below(200)).map(|_| rng.bytes()[0]).collect();
        assert!(Disclosure::decode(&noise).is_err());
    }
    assert!(decoded > 300 && refused > 100, "{decoded} decoded, {refused} refused");
}

#[test]
fn a_claim_is_for_one_challenge_one_note_and_one_chain() {
    let scene = scene();
    for (disclosure, challenge) in scene.all() {
        let other_id = Chain { chain_id: 1, ..CHAIN };
        let other_genesis = Chain { genesis_hash: B256::ZERO, ..CHAIN };
        assert!(matches!(disclosure.verify(&other_id, challenge), Err(DisclosureError::ChainId { .. })));
        assert!(matches!(disclosure.verify(&other_genesis, challenge), Err(DisclosureError::Genesis { .. })));
        if challenge.is_none() {
            assert_eq!(disclosure.verify(&CHAIN, Some(CHALLENGE)), Err(DisclosureError::ClaimMissing));
            continue;
        }
        // Replayed on another chain with the header rewritten, the claim no longer holds.
        let moved = Disclosure { chain: other_id, ..disclosure.clone() };
        assert!(matches!(moved.verify(&other_id, challenge), Err(DisclosureError::Signature(_))));
        assert_eq!(disclosure.verify(&CHAIN, None), Err(DisclosureError::ChallengeMissing));
        let swapped = disclosure.verify(&CHAIN, Some(b"who paid the dent?"));
        assert!(matches!(swapped, Err(DisclosureError::Signature(_))), "{swapped:?}");
        for length in [0, 1025] {
            let result = disclosure.verify(&CHAIN, Some(&vec![1; length]));
            assert_eq!(result, Err(DisclosureError::ChallengeLength(length)));
        }
        // Moved to the other note of the same payee.
        let onto = if disclosure.kind == NoteKind::Hidden { &scene.public } else { &scene.hidden };
        let moved = Disclosure { claim: disclosure.claim, ..onto.clone() };
        let refused = moved.verify(&CHAIN, challenge);
        assert!(refused.is_err() && refused != Err(DisclosureError::Path), "{refused:?}");
    }
}

#[test]
fn only_the_payer_claims_to_have_paid() {
    let scene = scene();
    let fresh = [3; 32];
    // The payee knows everything about the note but the preimage of its seed.
    let opened = scene.hidden.hidden_note().unwrap();
    let cv = value_commitment(&opened.asset.generator().unwrap(), opened.amount, &Rng::new("cv").scalar());
    let memo = Memo::new(b"rent").unwrap();
    let own = scene.bob.payer_key().output(&opened.to, opened.asset, opened.amount, &memo, &cv).unwrap();
    let refused = scene.hidden.clone().claim_as_payer(&own, CHALLENGE, &fresh);
    assert_eq!(refused, Err(DisclosureError::NotYours("payer")));
    // By hand, with whatever key.
    let honest = scene.hidden.clone().claim_as_payer(&scene.key, CHALLENGE, &fresh).unwrap();
    let Claim::Payer { key, .. } = honest.claim else { panic!("a payer's claim") };
    let mut forged = honest.clone();
    for x in [Rng::new("x").scalar(), *scene.bob.ask()] {
        let x_point = multiply(&g_auth(), &x);
        forged.claim = Claim::Payer { key: x_point, signature: sign(Domain::Payer, &x, &[0; 64], &fresh) };
        let signature = sign(Domain::Payer, &x, &forged.message(CHALLENGE).unwrap(), &fresh);
        forged.claim = Claim::Payer { key: x_point, signature };
        assert_eq!(forged.verify(&CHAIN, Some(CHALLENGE)), Err(DisclosureError::PayerKey));
        // The right key was shown once; signing with it is another matter.
        forged.claim = Claim::Payer { key, signature };
        assert!(matches!(forged.verify(&CHAIN, Some(CHALLENGE)), Err(DisclosureError::Signature(_))));
    }
    // A note whose seed is not made of a key has no payer to prove.
    assert_ne!(rseed_of(&key), scene.public.seed);
    let public = scene.public.clone().claim_as_payer(&scene.key, CHALLENGE, &fresh);
    assert_eq!(public, Err(DisclosureError::NotYours("payer")));
    let public = Disclosure { claim: honest.claim, ..scene.public.clone() };
    assert!(Disclosure::decode(&public.encode()).is_err());
    assert!(public.verify(&CHAIN, Some(CHALLENGE)).is_err());
}

#[test]
fn only_the_payee_claims_to_have_received() {
    let scene = scene();
    let alice = scene.alice.viewing_key();
    for ivk in [alice.incoming(), alice.internal(), scene.bob.viewing_key().internal()] {
        let refused = scene.hidden.clone().claim_as_payee(ivk, CHALLENGE, &[4; 32]);
        assert_eq!(refused, Err(DisclosureError::NotYours("payee")));
    }
    // The payer knows `esk`, and so `S`; neither is `ivk`.
    let esk = scene.hidden.hidden_note().unwrap().secrets().unwrap().esk;
    let domain = Domain::Payee(diversified_base(&scene.hidden.to.owner));
    let mut forged = scene.hidden.clone().claim_as_payee(&scene.ivk(), CHALLENGE, &[4; 32]).unwrap();
    let message = forged.message(CHALLENGE).unwrap();
    for secret in [esk, *scene.alice.ask(), *scene.bob.ask()] {
        forged.claim = Claim::Payee(sign(domain, &secret, &message, &[5; 32]));
        assert!(matches!(forged.verify(&CHAIN, Some(CHALLENGE)), Err(DisclosureError::Signature(_))));
    }
    // An address with another `E` is another address, and opens another note.
    let e = multiply(&diversified_base(&forged.to.owner), &esk);
    forged.to.e = e;
    forged.claim = Claim::Payee(sign(domain, &esk, &forged.message(CHALLENGE).unwrap(), &[5; 32]));
    assert_eq!(forged.verify(&CHAIN, Some(CHALLENGE)), Err(DisclosureError::Commitment));
}

#[test]
fn a_claim_is_never_a_signature_of_the_chain() {
    let scene = scene();
    let claim = scene.hidden.clone().claim_as_payer(&scene.key, CHALLENGE, &[6; 32]).unwrap();
    let (Claim::Payer { key, signature }, message) = (claim.claim, claim.message(CHALLENGE).unwrap()) else {
        panic!("a payer's claim")
    };
    assert!(verify(Domain::Payer, &key, &message, &signature).is_ok());
    for domain in [Domain::Authorisation, Domain::Binding, Domain::Payee(g_auth())] {
        assert!(verify(domain, &key, &message, &signature).is_err(), "{domain:?}");
    }
    // Nor the other way round: one secret, two domains, two signatures.
    let secret = Rng::new("rsk").scalar();
    let vk = multiply(&g_auth(), &secret);
    let auth = sign(Domain::Authorisation, &secret, &message[..32], &[6; 32]);
    assert!(verify(Domain::Payer, &vk, &message[..32], &auth).is_err());
}

#[test]
fn each_altered_field_is_refused_by_name() {
    let scene = scene();
    let other = scene.bob.viewing_key().address(4);
    type Change = fn(&mut Disclosure, &PaymentAddress);
    let cases: [(&str, Change); 11] = [
        ("position: is", |d, _| d.position = CAPACITY),
        ("siblings", |d, _| d.position += 1),
        ("commitment", |d, _| d.commitment += Field::from(1u8)),
        ("commitment", |d, to| d.to = *to),
        ("commitment", |d, to| d.to.e = to.e),
        ("commitment", |d, _| d.asset = AssetId::ticket(&AssetId::coin(), &[1; 32])),
        ("commitment", |d, _| d.amount += 1),
        ("amount: is zero", |d, _| d.amount = 0),
        ("commitment", |d, _| d.seed[31] ^= 1),
        ("siblings", |d, _| d.anchor += Field::from(1u8)),
        ("siblings", |d, _| d.siblings[10][6] += Field::from(1u8)),
    ];
    for disclosure in [&scene.hidden, &scene.public] {
        for (i, (words, change)) in cases.iter().enumerate() {
            let mut changed = disclosure.clone();
            change(&mut changed, &other);
            let error = changed.verify(&CHAIN, None).unwrap_err().to_string();
            assert!(error.starts_with(words), "case {i}: {error}");
        }
    }
}

/// Every 32 bytes of a disclosure, at every offset.
fn windows(bytes: &[u8]) -> std::collections::HashSet<[u8; 32]> {
    bytes.windows(32).map(|window| window.try_into().unwrap()).collect()
}

#[test]
fn nothing_else_follows() {
    let scene = scene();
    let (bob, alice) = (scene.bob.viewing_key(), scene.alice.viewing_key());
    for (disclosure, _) in scene.all() {
        let found = windows(&disclosure.encode());
        for key in [&bob, &alice] {
            let mut secrets = vec![*key.ovk(), field_to_bytes(key.nk()), point_to_bytes(&key.ak())];
            secrets.push(*key.incoming().to_bytes().expose());
            secrets.push(*key.internal().to_bytes().expose());
            secrets.push(field_to_bytes(&key.nullifier(&disclosure.commitment, disclosure.position)));
            for index in (0..20).chain([1 << 63, (1 << 63) + 1]) {
                secrets.push(field_to_bytes(&key.diversifier(index)));
                let address = key.address(index);
                if address != disclosure.to {
                    secrets.extend([field_to_bytes(&address.owner), point_to_bytes(&address.e)]);
                }
            }
            assert!(!secrets.iter().any(|secret| found.contains(secret)));
        }
        for key in [&scene.bob, &scene.alice] {
            assert!(!found.contains(&scalar_to_bytes(key.ask())));
        }
    }
}

#[test]
fn two_disclosures_of_an_account_have_nothing_in_common() {
    let scene = scene();
    let mut rng = Rng::new("second payment");
    let key = scene.bob.viewing_key();
    // Another payment by Alice to another address of Bob, claimed by both.
    let to = key.address(4);
    let (asset, amount, memo) = (AssetId::ticket(&AssetId::coin(), &[2; 32]), 77, Memo::default());
    let cv = value_commitment(&asset.generator().unwrap(), amount, &rng.scalar());
    let output = scene.alice.payer_key().output(&to, asset, amount, &memo, &cv).unwrap();
    let note = HiddenNote { to, asset, amount, rseed: output.rseed() };
    let commitment = note.commitment(&note.secrets().unwrap()).unwrap();
    let mut tree = Frontier::default();
    tree.append(rng.field(), []).unwrap();
    let mut witness = [tree.next_witness()];
    tree.append(commitment, &mut witness).unwrap();
    let other = Disclosure {
        position: 1,
        commitment,
        to,
        asset,
        amount,
        seed: note.rseed,
        anchor: tree.root(),
        siblings: tree.path(&witness[0]),
        ..scene.hidden.clone()
    };
    let claims = |disclosure: &Disclosure, output: &OutputKey| {
        let payee = disclosure.clone().claim_as_payee(&scene.ivk(), CHALLENGE, &[8; 32]).unwrap();
        let payer = disclosure.clone().claim_as_payer(output, CHALLENGE, &[8; 32]).unwrap();
        assert!(payee.verify(&CHAIN, Some(CHALLENGE)).is_ok());
        assert!(payer.verify(&CHAIN, Some(CHALLENGE)).is_ok());
        // Behind version, chain and position.
        let mut found = windows(&payee.encode()[52..]);
        found.extend(windows(&payer.encode()[52..]));
        found
    };
    let (a, b) = (claims(&scene.hidden, &scene.key), claims(&other, &output));
    // Empty subtrees are in every path.
    let path: Vec<u8> = other.siblings.iter().flatten().flat_map(field_to_bytes).collect();
    let path = windows(&path);
    let common: Vec<_> = a.intersection(&b).filter(|window| !path.contains(*window)).collect();
    assert!(common.is_empty(), "{common:?}");
}
