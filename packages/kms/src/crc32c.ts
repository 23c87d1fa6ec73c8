/** CRC-32C (Castagnoli), the checksum of Google Cloud: https://cloud.google.com/kms/docs/data-integrity-guidelines */

/** The polynomial 0x1EDC6F41 with its bits reversed. */
const polynomial = 0x82f63b78

/** The checksum of bytes: 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? polynomial : 0)
  }
  return ~sum >>> 0
}
