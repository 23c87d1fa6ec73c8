/**
 * Detects RSA keys with the ROCA weakness (CVE-2017-15361): their primes are k · M + (65537^a mod
 * M), where M is a product of small primes, so that the private key can be computed from the
 * modulus. Modulo each of these primes, such a modulus is a power of 65537. Source: Nemec et al.,
 * "The Return of Coppersmith's Attack", ACM CCS 2017, §2.1.
 */

const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
] as const

/** The powers of 65537 modulo a prime. */
function powersModulo(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return powers
}

let fingerprints: readonly (readonly [prime: number, powers: ReadonlySet<number>])[] | undefined

/** Whether a big-endian modulus has the fingerprint. One of 2^27 sound moduli has it by chance. */
export function hasRocaFingerprint(modulus: Uint8Array): boolean {
  fingerprints ??= primes.map((prime) => [prime, powersModulo(prime)] as const)
  return fingerprints.every(([prime, powers]) => powers.has(remainder(modulus, prime)))
}

function remainder(bytes: Uint8Array, divisor: number): number {
  let rest = 0
  for (const byte of bytes) rest = (rest * 256 + byte) % divisor
  return rest
}
