/**
 * Detects RSA keys with the ROCA weakness (CVE-2017-15361): their primes are k · M + (65537^a mod
 * M), where M is a product of small primes, so that the private key can be computed from the
 * modulus. Modulo each of these primes, such a modulus is a power of 65537. Source: Nemec et al.,
 * "The Return of Coppersmith's Attack", ACM CCS 2017, §2.1.
 */

/** The 38 odd primes up to 167. */
function oddPrimes(): readonly number[] {
  const odd = Array.from({ length: 83 }, (_, index) => 2 * index + 3)
  return odd.filter((each) => !odd.some((other) => other < each && each % other === 0))
}

/** The powers of 65537 modulo a prime. */
function powersModulo(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return powers
}

let fingerprints: readonly (readonly [prime: number, powers: ReadonlySet<number>])[] | undefined

/** Whether a big-endian modulus has the fingerprint. One of 2^27 sound moduli has it by chance. */
export function hasRocaFingerprint(modulus: Uint8Array): boolean {
  fingerprints ??= oddPrimes().map((prime) => [prime, powersModulo(prime)] as const)
  return fingerprints.every(([prime, powers]) => powers.has(remainder(modulus, prime)))
}

function remainder(bytes: Uint8Array, divisor: number): number {
  let rest = 0
  for (const byte of bytes) rest = (rest * 256 + byte) % divisor
  return rest
}
