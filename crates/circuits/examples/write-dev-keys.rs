//! Writes the development verifying keys to `genesis/`, in arkworks' compressed
//! form. Run after a change of a circuit.
#![allow(clippy::print_stdout)]

use ark_serialize::CanonicalSerialize;
use sero_circuits::ProvingKeys;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let genesis = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../genesis");
    std::fs::create_dir_all(&genesis)?;
    let keys = ProvingKeys::development(None)?;
    for (file, key, digest) in [
        ("dev-spend.vk", keys.spend_verifying_key(), keys.spend_matrix_digest()),
        ("dev-output.vk", keys.output_verifying_key(), keys.output_matrix_digest()),
    ] {
        let mut bytes = Vec::new();
        key.serialize_compressed(&mut bytes)?;
        std::fs::write(genesis.join(file), &bytes)?;
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("genesis/{file}: {} bytes, matrices {digest}", bytes.len());
    }
    Ok(())
}
